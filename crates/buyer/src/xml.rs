//! Reads a reply's XML by the same rules as JSON: all of it well-formed, valid UTF-8, bounded in depth, and
//! without a DTD, so that no entity but the five of XML 1.0 (4.6) exists.

use auction::Malformed;
use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
};

use crate::json::DEPTH_MAX;

/// One element: its name without prefix, its own text, and the elements inside it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

/// Which element is meant, from the root: `/response/best_bid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementPath(Vec<String>);

/// Why a text is no element path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an element path is the names from the root on, each behind a slash, ex: /response/best_bid")]
pub struct ElementPathError;

/// The root of one whole document, perhaps behind a byte-order mark.
///
/// # Errors
/// The rule that the document breaks; nothing of the document.
pub fn read(body: &[u8]) -> Result<Element, Malformed> {
    let text = std::str::from_utf8(body).map_err(|_| Malformed::Utf8)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::from_str(text);
    let mut document = Document::default();
    loop {
        match reader.read_event().map_err(|_| Malformed::Syntax)? {
            Event::Start(start) => document.open(&start)?,
            Event::Empty(start) => {
                document.open(&start)?;
                document.close()?;
            }
            Event::End(_) => document.close()?,
            Event::Text(text) => document.text(&text.xml10_content())?,
            Event::CData(text) if document.open.is_empty() => document.text(&format!("x{}", &*text))?,
            Event::CData(text) => document.text(&text.xml10_content())?,
            Event::GeneralRef(entity) => document.text(&character(&entity)?.to_string())?,
            Event::DocType(_) => return Err(Malformed::Dtd),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => return document.end(),
        }
    }
}

impl Element {
    /// The element that a path means; none, if it is not there.
    ///
    /// # Errors
    /// When a step of the path is there more than once.
    pub fn find(&self, path: &ElementPath) -> Result<Option<&Self>, Malformed> {
        let Some((root, steps)) = path.0.split_first() else { return Ok(None) };
        let mut found = (self.name == *root).then_some(self);
        for step in steps {
            let Some(parent) = found else { break };
            let mut named = parent.children.iter().filter(|child| child.name == *step);
            found = named.next();
            if named.next().is_some() {
                return Err(Malformed::DuplicateField);
            }
        }
        Ok(found)
    }

    /// Its name without prefix.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The elements inside it.
    pub fn children(&self) -> &[Self] {
        &self.children
    }

    /// Its own text, without the blanks around it.
    pub fn text(&self) -> &str {
        self.text.trim_matches(BLANKS)
    }

    /// Whether there are elements inside it.
    pub fn has_children(&self) -> bool {
        !self.children.is_empty()
    }
}

impl ElementPath {
    /// Reads `/root/child/…`.
    ///
    /// # Errors
    /// When the text has another form.
    pub fn parse(text: &str) -> Result<Self, ElementPathError> {
        let steps: Vec<_> =
            text.strip_prefix('/').ok_or(ElementPathError)?.split('/').map(str::to_owned).collect();
        let legal = |step: &String| {
            !step.is_empty() && !step.contains(|c: char| c.is_whitespace() || "<>&:@[]*".contains(c))
        };
        let fits = u32::try_from(steps.len()).is_ok_and(|depth| depth <= DEPTH_MAX);
        if fits && steps.iter().all(legal) { Ok(Self(steps)) } else { Err(ElementPathError) }
    }
}

/// XML 1.0, 2.3: S.
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// What has been read of a document: the elements that are still open, and the root once it is closed.
#[derive(Default)]
struct Document {
    open: Vec<Element>,
    root: Option<Element>,
}

impl Document {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), Malformed> {
        if self.open.is_empty() && self.root.is_some() {
            return Err(Malformed::Syntax);
        }
        if u32::try_from(self.open.len()).is_ok_and(|depth| depth >= DEPTH_MAX) {
            return Err(Malformed::Depth);
        }
        if start.attributes().any(|attribute| attribute.is_err()) {
            return Err(Malformed::Syntax);
        }
        let name = start.local_name().as_ref().to_owned();
        self.open.push(Element { name, ..Element::default() });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Malformed> {
        let closed = self.open.pop().ok_or(Malformed::Syntax)?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(closed),
            None => self.root = Some(closed),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Malformed> {
        if text.contains(|c: char| c.is_control() && !BLANKS.contains(&c)) {
            return Err(Malformed::Syntax);
        }
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim_matches(BLANKS).is_empty() => {}
            None => return Err(Malformed::Syntax),
        }
        Ok(())
    }

    fn end(self) -> Result<Element, Malformed> {
        if self.open.is_empty() { self.root.ok_or(Malformed::Syntax) } else { Err(Malformed::Syntax) }
    }
}

/// A character reference, or one of the five entities that need no DTD.
fn character(entity: &BytesRef<'_>) -> Result<char, Malformed> {
    if let Some(found) = entity.resolve_char_ref().map_err(|_| Malformed::Syntax)? {
        return Ok(found);
    }
    match &**entity {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => Err(Malformed::Syntax),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text_at(body: &str, path: &str) -> Result<Option<String>, Malformed> {
        let root = read(body.as_bytes())?;
        let path = ElementPath::parse(path).unwrap();
        Ok(root.find(&path)?.map(|element| element.text().to_owned()))
    }

    #[test]
    fn an_element_is_found_by_its_path() {
        let body = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c --><response a='1'>\n <status>Matched</status>\
            <best_bid>\n 0.10 </best_bid><a:x xmlns:a='u'>&lt;&#65;<![CDATA[<b>&amp;]]></a:x><empty/></response>\n";
        for (path, text) in [
            ("/response/status", Some("Matched")),
            ("/response/best_bid", Some("0.10")),
            ("/response/x", Some("<A<b>&amp;")),
            ("/response/empty", Some("")),
            ("/response/missing", None),
            ("/other/status", None),
            ("/response/status/deeper", None),
        ] {
            assert_eq!(text_at(body, path), Ok(text.map(str::to_owned)), "{path}");
        }
    }

    #[test]
    fn a_repeated_element_matters_only_where_it_is_read() {
        let body = "<r><a>1</a><a>2</a><b><c>3</c></b><b/><d>4</d></r>";
        assert_eq!(text_at(body, "/r/a"), Err(Malformed::DuplicateField));
        assert_eq!(text_at(body, "/r/b/c"), Err(Malformed::DuplicateField));
        assert_eq!(text_at(body, "/r/d"), Ok(Some("4".to_owned())));
    }

    #[test]
    fn what_breaks_a_rule_is_named() {
        for (body, rule) in [
            (&b""[..], Malformed::Syntax),
            (b"text", Malformed::Syntax),
            (b"{\"bid\":1}", Malformed::Syntax),
            (b"<a>", Malformed::Syntax),
            (b"<a></b>", Malformed::Syntax),
            (b"</a>", Malformed::Syntax),
            (b"<a/><b/>", Malformed::Syntax),
            (b"<a/>junk", Malformed::Syntax),
            (b"junk<a/>", Malformed::Syntax),
            (b"<a/>&amp;", Malformed::Syntax),
            (b"<a/><![CDATA[ ]]>", Malformed::Syntax),
            (b"<a b/>", Malformed::Syntax),
            (b"<a b='1' b='2'/>", Malformed::Syntax),
            (b"<a>&nbsp;</a>", Malformed::Syntax),
            (b"<a>&#0;</a>", Malformed::Syntax),
            (b"<a>&#1;</a>", Malformed::Syntax),
            (b"<a>&</a>", Malformed::Syntax),
            (b"<a>\0</a>", Malformed::Syntax),
            (b"<!DOCTYPE a><a/>", Malformed::Dtd),
            (b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", Malformed::Dtd),
            (b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", Malformed::Dtd),
            (b"<a>\xff</a>", Malformed::Utf8),
            (b"<a><!-- \xff --></a>", Malformed::Utf8),
            (b"\xff\xfe<\0a\0/\0>\0", Malformed::Utf8),
        ] {
            assert_eq!(read(body), Err(rule), "{}", String::from_utf8_lossy(body));
        }
        let nested = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
        assert!(read(nested(32).as_bytes()).is_ok());
        assert_eq!(read(nested(33).as_bytes()), Err(Malformed::Depth));
        assert_eq!(read("<a>".repeat(20_000).as_bytes()), Err(Malformed::Depth));
    }

    #[test]
    fn paths_have_one_form() {
        assert!(ElementPath::parse("/response/best_bid").is_ok());
        for text in ["", "/", "response", "//a", "/a/", "/a b", "/a/@b", "/a[1]", "/*", "/a/text()/", "/n:a"]
        {
            assert!(ElementPath::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"<>/ab='&;![]-? ".to_vec())], 0..80)
        ) {
            let _ = read(&bytes);
        }

        #[test]
        fn any_text_is_read_back(text in "[ -~\u{a0}-\u{2fff}]{0,40}") {
            let body = format!("<r><a>{}</a></r>", quick_xml::escape::escape(text.as_str()));
            prop_assert_eq!(text_at(&body, "/r/a"), Ok(Some(text.trim_matches(BLANKS).to_owned())));
        }
    }
}
