//! Indents and colours JSON while it arrives, in memory that does not depend on its length.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use pipefit::Error;
use pipefit::component::is_deceptive;

use super::Transform;

const KEY: Style = AnsiColor::Blue.on_default().bold();
const TEXT: Style = AnsiColor::Green.on_default();
const LITERAL: Style = AnsiColor::Yellow.on_default();

/// Where the next character stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Between,
    Text { escaped: bool },
    Literal,
}

/// Indents JSON values.
pub(crate) struct Pretty {
    colours: bool,
    place: Place,
    /// The open objects (true) and lists (false).
    open: Vec<bool>,
    /// Whether nothing is inside the innermost one yet.
    empty: bool,
    /// Whether the next text is the name of a member.
    name: bool,
    /// The beginning of a character that is not complete.
    partial: Vec<u8>,
}

impl Pretty {
    pub(crate) fn new(colours: bool) -> Self {
        Self { colours, place: Place::Between, open: Vec::new(), empty: false, name: false, partial: Vec::new() }
    }

    /// Adds whole text.
    fn text(&mut self, text: &str, out: &mut String) {
        for char in text.chars() {
            self.char(char, out);
        }
    }

    fn char(&mut self, char: char, out: &mut String) {
        match self.place {
            Place::Text { escaped } => {
                // Text from outside must not drive a terminal.
                if is_deceptive(char) {
                    let _ = write!(out, "\\u{:04x}", u32::from(char));
                } else {
                    out.push(char);
                }
                self.place = Place::Text { escaped: char == '\\' && !escaped };
                if char == '"' && !escaped {
                    self.place = Place::Between;
                    self.style_end(out);
                }
            }
            Place::Literal if !matches!(char, ',' | ']' | '}') && !char.is_whitespace() => out.push(char),
            Place::Literal => {
                self.place = Place::Between;
                self.style_end(out);
                self.between(char, out);
            }
            Place::Between => self.between(char, out),
        }
    }

    fn between(&mut self, char: char, out: &mut String) {
        match char {
            ',' => {
                out.push(',');
                self.new_line(out);
                self.name = self.open.last() == Some(&true);
            }
            ':' => {
                out.push_str(": ");
                self.name = false;
            }
            '{' | '[' => {
                self.begin(out);
                out.push(char);
                self.open.push(char == '{');
                (self.empty, self.name) = (true, char == '{');
            }
            '}' | ']' => {
                self.open.pop();
                if !std::mem::take(&mut self.empty) {
                    self.new_line(out);
                }
                out.push(char);
                self.name = false;
            }
            // Values beside each other stand on lines of their own.
            '\n' if self.open.is_empty() => out.push('\n'),
            space if space.is_whitespace() => {}
            '"' => {
                self.begin(out);
                self.style(if self.name { KEY } else { TEXT }, out);
                out.push('"');
                self.place = Place::Text { escaped: false };
            }
            other => {
                self.begin(out);
                self.style(LITERAL, out);
                out.push(other);
                self.place = Place::Literal;
            }
        }
    }

    /// Begins a value or a name.
    fn begin(&mut self, out: &mut String) {
        if std::mem::take(&mut self.empty) {
            self.new_line(out);
        }
    }

    fn new_line(&self, out: &mut String) {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", self.open.len()));
    }

    fn style(&self, style: Style, out: &mut String) {
        if self.colours {
            let _ = write!(out, "{style}");
        }
    }

    fn style_end(&self, out: &mut String) {
        if self.colours {
            let _ = write!(out, "{}", anstyle::Reset);
        }
    }
}

impl Transform for Pretty {
    fn push(&mut self, part: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        let mut bytes = std::mem::take(&mut self.partial);
        bytes.extend_from_slice(part);
        let mut text = String::with_capacity(part.len() * 2);
        for chunk in bytes.utf8_chunks() {
            self.text(chunk.valid(), &mut text);
            let rest = chunk.invalid();
            // Only the end can be incomplete: the reply is UTF-8.
            if !rest.is_empty() && bytes.ends_with(rest) && rest.len() < 4 {
                self.partial = rest.to_vec();
            }
        }
        out.extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        self.push(b"\n", out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pretty(json: &str, colours: bool, step: usize) -> String {
        let (mut pretty, mut out) = (Pretty::new(colours), Vec::new());
        for part in json.as_bytes().chunks(step) {
            pretty.push(part, &mut out).expect("it takes anything");
        }
        pretty.end(&mut out).expect("it takes anything");
        String::from_utf8(out).expect("it is text")
    }

    #[test]
    fn indents_like_serde_however_it_arrives() {
        let json = r#"{"data": {"a":[1,2.50,{}],"b" : [] ,"c":"x,\"{ü€😀\\","d":null,"e":{"f":[[true]]}}}"#;
        let value: serde_json::Value = serde_json::from_str(json).expect("it is JSON");
        for step in [1, 2, 3, 7, 1000] {
            assert_eq!(pretty(json, false, step), format!("{value:#}\n"), "{step}");
        }
    }

    #[test]
    fn colours_names_text_and_literals_and_escapes_what_drives_a_terminal() {
        let shown = pretty("{\"a\":\"\u{9b}31m\u{202e}\",\"b\":1}", true, 1);
        assert!(
            shown.contains("\u{1b}[1m\u{1b}[34m\"a\"\u{1b}[0m: \u{1b}[32m\"\\u009b31m\\u202e\"\u{1b}[0m"),
            "{shown:?}"
        );
        assert!(shown.contains("\u{1b}[33m1\u{1b}[0m\n}"), "{shown:?}");
    }
}
