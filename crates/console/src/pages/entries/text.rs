//! Values as a person types them, and what is typed as values. What is typed as it stood before is what it was before, to
//! the letter of the settings.

use serde_json::{Map, Value, json};
use settings::{from_one_line, in_one_line};

use super::fields::Widget;

/// How a value stands in a text field.
pub(super) fn of(widget: &Widget, value: &Value) -> String {
    match (widget, value) {
        (_, Value::Null) => String::new(),
        (Widget::Prompt, value) => prompt_text(value),
        (Widget::List, Value::Array(items)) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        (Widget::Pairs(sign), Value::Object(fields)) => {
            let between = if *sign == ':' { ": " } else { " = " };
            let line = |(name, value): (&String, &Value)| format!("{name}{between}{}", plain(value));
            fields.iter().map(line).collect::<Vec<_>>().join("\n")
        }
        (Widget::Maps, Value::Object(fields)) => {
            let line = |(field, words): (&String, &Value)| {
                let words = words.as_object().into_iter().flatten();
                let words: Vec<_> = words.map(|(from, to)| format!("{from} = {}", plain(to))).collect();
                format!("{field}: {}", words.join(", "))
            };
            fields.iter().map(line).collect::<Vec<_>>().join("\n")
        }
        (_, value) => plain(value),
    }
}

/// What a typed text says. Nothing typed is nothing said; what cannot be read stays a text, and the reading of the settings
/// says what is wrong with it.
pub(super) fn read(widget: &Widget, typed: &str, before: &Value) -> Value {
    let typed = typed.replace("\r\n", "\n");
    let typed = typed.trim();
    if typed == of(widget, before).trim() {
        return before.clone();
    }
    if typed.is_empty() {
        return Value::Null;
    }
    match widget {
        Widget::Number => typed.parse::<i64>().map_or_else(|_| json!(typed), |number| json!(number)),
        Widget::Prompt => prompt(typed),
        Widget::List => words(typed).into_iter().map(Value::String).collect(),
        Widget::Pairs(sign) => {
            let pair = |line: &str| {
                let (name, value) = line.split_once(*sign).unwrap_or((line, ""));
                (name.trim().to_owned(), json!(value.trim()))
            };
            Value::Object(lines(typed).map(pair).collect())
        }
        Widget::Maps => Value::Object(lines(typed).map(map).collect()),
        Widget::Value => match from_one_line(typed) {
            Some(value) if !value.is_string() => value,
            _ => json!(typed),
        },
        _ => json!(typed),
    }
}

/// Words with commas or line ends between them.
pub(super) fn words(typed: &str) -> Vec<String> {
    typed.split([',', '\n']).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn lines(typed: &str) -> impl Iterator<Item = &str> {
    typed.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn map(line: &str) -> (String, Value) {
    let (field, rest) = line.split_once(':').unwrap_or((line, ""));
    let word = |pair: String| {
        let (from, to) =
            pair.split_once('=').map_or((pair.as_str(), ""), |(from, to)| (from.trim(), to.trim()));
        (from.to_owned(), json!(to))
    };
    (field.trim().to_owned(), Value::Object(words(rest).into_iter().map(word).collect::<Map<_, _>>()))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => in_one_line(other),
    }
}

fn prompt_text(value: &Value) -> String {
    let part = |part: &Value| match part.as_object() {
        Some(fields) => match (fields.get("say"), fields.get("play")) {
            (Some(Value::String(say)), None) => say.clone(),
            (None, Some(Value::String(url))) => format!("play: {url}"),
            _ => in_one_line(part),
        },
        None => plain(part),
    };
    match value {
        Value::Array(parts) => parts.iter().map(part).collect::<Vec<_>>().join("\n"),
        one => part(one),
    }
}

fn prompt(typed: &str) -> Value {
    let part = |line: &str| match line.strip_prefix("play:") {
        Some(url) => json!({ "play": url.trim() }),
        None => json!(line),
    };
    let mut parts: Vec<_> = lines(typed).map(part).collect();
    if parts.len() == 1 && parts[0].is_string() { parts.remove(0) } else { Value::Array(parts) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_what_is_shown() {
        for (widget, text, value) in [
            (Widget::Line, "2s", json!("2s")),
            (Widget::Number, "12", json!(12)),
            (Widget::Number, "a dozen", json!("a dozen")),
            (Widget::List, "zip, age", json!(["zip", "age"])),
            (Widget::Pairs(':'), "X-Other: c\nX-Source: a:b", json!({ "X-Source": "a:b", "X-Other": "c" })),
            (Widget::Pairs('='), "ping.zip = {zip}", json!({ "ping.zip": "{zip}" })),
            (Widget::Maps, "smoker: no = N, yes = Y", json!({ "smoker": { "yes": "Y", "no": "N" } })),
            (Widget::Value, "zip", json!("zip")),
            (Widget::Value, "{ age = { max = 99, min = 18 } }", json!({ "age": { "min": 18, "max": 99 } })),
            (Widget::Prompt, "Welcome.", json!("Welcome.")),
            (
                Widget::Prompt,
                "Welcome.\nplay: https://a.example/b.mp3",
                json!(["Welcome.", { "play": "https://a.example/b.mp3" }]),
            ),
        ] {
            assert_eq!(read(&widget, text, &Value::Null), value, "{text}");
            assert_eq!(of(&widget, &value), text);
        }
        assert_eq!(read(&Widget::Line, "  ", &json!("x")), Value::Null);
    }

    #[test]
    fn what_nobody_changes_keeps_its_form() {
        let before = json!([60, 61]);
        assert_eq!(read(&Widget::List, "60, 61", &before), before);
        let before = json!([{ "say": "Welcome." }]);
        assert_eq!(read(&Widget::Prompt, "Welcome.\r\n", &before), before);
    }
}
