//! The filled names of a request in its syntax.

use auction::Manner;
use http::Method;
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};
use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;

use super::{PATH_BYTES_MAX, PATH_DEPTH_MAX, Written, filling::text_of};

/// The steps to a name: in JSON and XML each dot is a step, in a form and a query it is a character.
pub(super) fn path(manner: &Manner, text: &str) -> Option<Vec<String>> {
    let sound = !text.is_empty()
        && text.len() <= PATH_BYTES_MAX
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'{' && byte != b'}');
    let steps: Vec<String> = match manner {
        Manner::Form | Manner::Query => vec![text.to_owned()],
        Manner::Json | Manner::Xml(_) => text.split('.').map(str::to_owned).collect(),
    };
    let named = match manner {
        Manner::Xml(_) => steps.iter().all(|step| is_element(step)),
        _ => steps.iter().all(|step| !step.is_empty()),
    };
    (sound && named && steps.len() <= PATH_DEPTH_MAX).then_some(steps)
}

/// Whether a text can name an element.
pub(super) fn is_element(text: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    text.len() <= PATH_BYTES_MAX
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(legal)
}

/// Writes them.
pub(super) fn written(manner: &Manner, filled: Vec<(&[String], Value)>) -> Written {
    let pairs = |filled: Vec<(&[String], Value)>| -> Vec<(String, String)> {
        filled.into_iter().map(|(path, value)| (path.concat(), text_of(&value))).collect()
    };
    let post = |body: Vec<u8>| Written { method: Method::POST, body, query: Vec::new() };
    match manner {
        Manner::Query => Written { method: Method::GET, body: Vec::new(), query: pairs(filled) },
        Manner::Form => {
            post(Serializer::new(String::new()).extend_pairs(pairs(filled)).finish().into_bytes())
        }
        Manner::Json => post(serde_json::to_vec(&tree(filled)).expect("a map with string keys is JSON")),
        Manner::Xml(root) => post(xml(root, &tree(filled))),
    }
}

fn tree(filled: Vec<(&[String], Value)>) -> Map<String, Value> {
    let mut root = Map::new();
    for (path, value) in filled {
        let Some((last, above)) = path.split_last() else { continue };
        let mut at = &mut root;
        for step in above {
            let inside = at.entry(step.clone()).or_insert_with(|| Value::Object(Map::new()));
            // No name lies inside another's value: that was checked with the shape.
            let Value::Object(inside) = inside else { return root };
            at = inside;
        }
        at.insert(last.clone(), value);
    }
    root
}

fn xml(root: &str, inside: &Map<String, Value>) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    let declared = writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    let whole = declared.and_then(|()| element(&mut writer, root, |writer| elements(writer, inside)));
    whole.expect("memory takes all that is written");
    writer.into_inner()
}

fn elements(writer: &mut Writer<Vec<u8>>, inside: &Map<String, Value>) -> std::io::Result<()> {
    inside.iter().try_for_each(|(name, value)| {
        element(writer, name, |writer| match value {
            Value::Object(inside) => elements(writer, inside),
            value => writer.write_event(Event::Text(BytesText::new(&text_of(value)))),
        })
    })
}

fn element(
    writer: &mut Writer<Vec<u8>>,
    name: &str,
    inside: impl FnOnce(&mut Writer<Vec<u8>>) -> std::io::Result<()>,
) -> std::io::Result<()> {
    writer.write_event(Event::Start(BytesStart::new(name)))?;
    inside(writer)?;
    writer.write_event(Event::End(BytesEnd::new(name)))
}
