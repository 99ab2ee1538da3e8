//! JSON with one spelling (RFC 8785, without fractions): what has two spellings cannot be committed to.

use serde_json::Value;
use std::collections::BTreeMap;

/// The largest integer that every reader of JSON keeps: 2^53 − 1.
pub const INTEGER_MAX: i64 = (1 << 53) - 1;
const DEPTH_MAX: usize = 64;

/// The one spelling of this value: no spaces, keys in order, control characters escaped, so one line.
///
/// # Errors
/// A fraction, an integer beyond 2^53 − 1, or more than 64 levels.
pub fn to_string(value: &Value) -> Result<String, CanonicalError> {
    let mut text = String::new();
    write(value, &mut text, 0)?;
    Ok(text)
}

/// Reads a value from its one spelling.
///
/// # Errors
/// Not JSON, or JSON in another spelling: spaces, keys out of order or twice, needless escapes.
pub fn from_bytes(bytes: &[u8]) -> Result<Value, CanonicalError> {
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| CanonicalError::NoJson { line: error.line(), column: error.column() })?;
    if to_string(&value)?.as_bytes() == bytes { Ok(value) } else { Err(CanonicalError::OtherSpelling) }
}

fn write(value: &Value, text: &mut String, depth: usize) -> Result<(), CanonicalError> {
    if depth > DEPTH_MAX {
        return Err(CanonicalError::TooDeep);
    }
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => {
            let integer = number.as_i64().filter(|integer| (-INTEGER_MAX..=INTEGER_MAX).contains(integer));
            text.push_str(&integer.ok_or_else(|| CanonicalError::Number(number.to_string()))?.to_string());
        }
        Value::String(string) => write_string(string, text),
        Value::Array(values) => {
            text.push('[');
            for (index, value) in values.iter().enumerate() {
                text.push_str(if index > 0 { "," } else { "" });
                write(value, text, depth + 1)?;
            }
            text.push(']');
        }
        Value::Object(members) => {
            // The order of RFC 8785 is that of UTF-16, which differs from UTF-8's beyond U+FFFF.
            let ordered: BTreeMap<Vec<u16>, (&String, &Value)> =
                members.iter().map(|member| (member.0.encode_utf16().collect(), member)).collect();
            text.push('{');
            for (index, (key, value)) in ordered.into_values().enumerate() {
                text.push_str(if index > 0 { "," } else { "" });
                write_string(key, text);
                text.push(':');
                write(value, text, depth + 1)?;
            }
            text.push('}');
        }
    }
    Ok(())
}

fn write_string(string: &str, text: &mut String) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            control if control < ' ' => text.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => text.push(other),
        }
    }
    text.push('"');
}

/// A value or text without one spelling.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// Readers differ about it.
    #[error("expected an integer between -(2^53 - 1) and 2^53 - 1, got `{0}`")]
    Number(String),
    /// More levels than any of our records has.
    #[error("expected at most {DEPTH_MAX} levels of arrays and objects")]
    TooDeep,
    /// Not JSON.
    #[error("expected JSON, got something else in line {line}, column {column}")]
    NoJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// The same value is written in another way.
    #[error("the JSON is not in its canonical spelling")]
    OtherSpelling,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(json: &str) -> Result<String, CanonicalError> {
        to_string(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn the_examples_of_rfc_8785() {
        // 3.2.3, sorting; in UTF-8 the emoji would come after the Hebrew letter.
        let sorted = canonical(
            r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",
            "\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#,
        )
        .unwrap();
        let names = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"];
        let places: Vec<usize> = names.iter().map(|name| sorted.find(name).unwrap()).collect();
        assert!(places.is_sorted(), "{sorted}");
        // 3.2.2, strings and literals.
        assert_eq!(
            canonical(
                r#"{"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#
            ),
            Ok("{\"literals\":[null,true,false],\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}".to_owned())
        );
    }

    #[test]
    fn fractions_and_large_integers_are_refused() {
        for number in [
            "1.5",
            "1.0",
            "1e3",
            "-0",
            "-0.0",
            "9007199254740992",
            "-9007199254740992",
            "18446744073709551615",
        ] {
            assert!(matches!(canonical(number), Err(CanonicalError::Number(_))), "{number}");
        }
        assert_eq!(
            canonical("[9007199254740991, -9007199254740991, 0]").unwrap(),
            "[9007199254740991,-9007199254740991,0]"
        );
        let deep = (0..70).fold(Value::Null, |value, _| Value::Array(vec![value]));
        assert_eq!(to_string(&deep), Err(CanonicalError::TooDeep));
    }

    #[test]
    fn another_spelling_is_refused() {
        for json in
            ["{ }", "{\"b\":1,\"a\":2}", "{\"a\":1,\"a\":1}", "\"\\u0041\"", "[1]\n", "01", "\u{feff}1"]
        {
            assert!(from_bytes(json.as_bytes()).is_err(), "{json}");
        }
        assert_eq!(from_bytes(b"{\"a\":[1,\"b\\n\"]}").unwrap()["a"][1], "b\n");
    }
}
