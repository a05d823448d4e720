//! `Twiml`: a `<Response>` as it is written, with its limits.

use quick_xml::{
    Writer,
    escape::escape,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};

/// So many bytes of a document may be spoken text and audio URLs, escaped. The rest of [`super::TWIML_BYTES_MAX`] is
/// for hints and for the verbs themselves, whose attributes are bounded.
const SPEECH_BYTES_MAX: usize = 40_000;
const CANNOT_FAIL: &str = "a Vec takes every write";

/// A `<Response>` as it is written.
pub(super) struct Twiml {
    writer: Writer<Vec<u8>>,
    verbs: usize,
    speech_left: usize,
}

impl Twiml {
    pub(super) fn begin() -> Self {
        let mut writer = Writer::new(Vec::new());
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None))).expect(CANNOT_FAIL);
        Self { writer, verbs: 0, speech_left: SPEECH_BYTES_MAX }
    }

    pub(super) fn end(mut self) -> String {
        if self.verbs == 0 {
            self.write(Event::Empty(BytesStart::new("Response")));
        } else {
            self.write(Event::End(BytesEnd::new("Response")));
        }
        String::from_utf8(self.writer.into_inner()).expect("only text was written")
    }

    /// `<name …/>`
    pub(super) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let tag = self.tag(name, attributes);
        self.write(Event::Empty(tag));
    }

    /// `<name …>`, to be closed.
    pub(super) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let tag = self.tag(name, attributes);
        self.write(Event::Start(tag));
    }

    /// `</name>`
    pub(super) fn close(&mut self, name: &str) {
        self.write(Event::End(BytesEnd::new(name.to_owned())));
    }

    /// `<name …>text</name>`
    pub(super) fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(name, attributes);
        self.write(Event::Text(BytesText::new(&legal(text)).into_owned()));
        self.close(name);
    }

    /// As [`Twiml::text`], for what is heard, as long as there is room for it.
    pub(super) fn heard(&mut self, name: &str, text: &str) {
        let bytes = escape(text).len() + 2 * name.len() + 5;
        if let Some(left) = self.speech_left.checked_sub(bytes) {
            self.speech_left = left;
            self.text(name, &[], text);
        } else {
            self.speech_left = 0;
        }
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)]) -> BytesStart<'static> {
        if self.verbs == 0 {
            self.write(Event::Start(BytesStart::new("Response")));
        }
        self.verbs += 1;
        let mut tag = BytesStart::new(name.to_owned());
        for (name, value) in attributes {
            tag.push_attribute((*name, legal(value).as_str()));
        }
        tag
    }

    fn write(&mut self, event: Event<'_>) {
        self.writer.write_event(event).expect(CANNOT_FAIL);
    }
}

/// XML 1.0 §2.2: what is no legal character, not even escaped, is a blank.
pub(super) fn legal(text: &str) -> String {
    let is_legal = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..);
    text.chars().map(|c| if is_legal(c) { c } else { ' ' }).collect()
}
