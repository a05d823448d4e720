//! A document as a small tree of elements.

use quick_xml::{Reader, XmlVersion, events::BytesStart, events::Event};

/// An element, what it says and what it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(named, _)| named == name).map(|(_, value)| value.as_str())
    }
}

/// Reads the one root element of a document; anything not well-formed is an error in words.
pub(crate) fn read(text: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}').trim_start());
    let mut open: Vec<Element> = vec![];
    let mut root: Option<Element> = None;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(_) | Event::Empty(_) if open.is_empty() && root.is_some() => {
                return Err("more than one root element".to_owned());
            }
            Event::Start(start) => open.push(element(&start)?),
            Event::Empty(start) => close(element(&start)?, &mut open, &mut root),
            Event::End(_) => {
                let done = open.pop().ok_or("an end tag without its start")?;
                close(done, &mut open, &mut root);
            }
            Event::Text(words) => say(&words.xml10_content(), &mut open)?,
            Event::CData(words) => say(&words.xml10_content(), &mut open)?,
            Event::GeneralRef(named) => {
                let resolved = match named.resolve_char_ref().map_err(|error| error.to_string())? {
                    Some(character) => character.to_string(),
                    None => quick_xml::escape::resolve_predefined_entity(&named.xml10_content())
                        .ok_or("an unknown entity")?
                        .to_owned(),
                };
                say(&resolved, &mut open)?;
            }
            Event::Eof => break,
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    match (open.is_empty(), root) {
        (true, Some(root)) => Ok(root),
        (true, None) => Err("no root element".to_owned()),
        (false, _) => Err("an element is never closed".to_owned()),
    }
}

fn element(start: &BytesStart<'_>) -> Result<Element, String> {
    let mut made = Element { name: start.name().as_ref().to_owned(), ..Element::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
        made.attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
    }
    Ok(made)
}

fn close(done: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(done),
        None => *root = Some(done),
    }
}

fn say(words: &str, open: &mut [Element]) -> Result<(), String> {
    match open.last_mut() {
        Some(element) => element.text.push_str(words),
        None if words.trim().is_empty() => {}
        None => return Err("text outside the root element".to_owned()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn entities_and_attributes_are_resolved() {
        let root = read("<?xml version=\"1.0\"?><A b=\"1&amp;2\">x &lt;&#65;<C/></A>").unwrap();
        assert_eq!((root.attribute("b"), root.text.as_str(), root.children.len()), (Some("1&2"), "x <A", 1));
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for bad in ["", "   ", "hello", "<A>", "<A></B>", "<A/><B/>", "<A/>x", "<A b=1/>", "<A>&nope;</A>"] {
            assert!(read(bad).is_err(), "{bad:?} was read");
        }
    }
}
