//! Writes JSON straight to bytes: seeded records are rendered on every read, so this path has to be short.

use serde_json::{Map, Value};

use crate::stamp::Stamp;

/// The fields of one JSON object.
pub(crate) type Object = Map<String, Value>;

/// Amount of money in cents, written as a number with two decimals.
#[derive(Clone, Copy)]
pub(crate) struct Money(pub(crate) i64);

/// Amount of money in cents, written as text, as the accounting endpoints do.
#[derive(Clone, Copy)]
pub(crate) struct MoneyText(pub(crate) i64);

/// A calendar day without a time.
#[derive(Clone, Copy)]
pub(crate) struct Day(pub(crate) Stamp);

/// JSON that is written as it stands.
#[derive(Clone, Copy)]
pub(crate) struct Raw<'a>(pub(crate) &'a str);

/// A value that knows its JSON.
pub(crate) trait Emit {
    fn emit(&self, out: &mut Vec<u8>);
}

/// Writes one object, field by field.
pub(crate) struct Json<'a> {
    out: &'a mut Vec<u8>,
    empty: bool,
}

impl<'a> Json<'a> {
    pub(crate) fn object(out: &'a mut Vec<u8>, fill: impl FnOnce(&mut Json<'_>)) {
        out.push(b'{');
        let mut json = Json { out, empty: true };
        fill(&mut json);
        json.out.push(b'}');
    }

    #[expect(clippy::needless_pass_by_value, reason = "literals and temporaries read better by value")]
    pub(crate) fn put(&mut self, key: &str, value: impl Emit) -> &mut Self {
        value.emit(self.key(key));
        self
    }

    pub(crate) fn null(&mut self, key: &str) -> &mut Self {
        self.put(key, Raw("null"))
    }

    pub(crate) fn nulls(&mut self, keys: &[&str]) -> &mut Self {
        for key in keys {
            self.null(key);
        }
        self
    }

    pub(crate) fn nested(&mut self, key: &str, fill: impl FnOnce(&mut Json<'_>)) -> &mut Self {
        Json::object(self.key(key), fill);
        self
    }

    /// A list of objects, one for each item.
    pub(crate) fn list<T>(
        &mut self,
        key: &str,
        items: impl IntoIterator<Item = T>,
        mut fill: impl FnMut(T, &mut Json<'_>),
    ) -> &mut Self {
        let out = self.key(key);
        out.push(b'[');
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            Json::object(out, |json| fill(item, json));
        }
        out.push(b']');
        self
    }

    /// A field whose JSON the caller writes itself.
    pub(crate) fn put_with(&mut self, key: &str, write: impl FnOnce(&mut Vec<u8>)) -> &mut Self {
        write(self.key(key));
        self
    }

    fn key(&mut self, key: &str) -> &mut Vec<u8> {
        if !self.empty {
            self.out.push(b',');
        }
        self.empty = false;
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }
}

impl Emit for i64 {
    fn emit(&self, out: &mut Vec<u8>) {
        if *self < 0 {
            out.push(b'-');
        }
        digits(out, self.unsigned_abs());
    }
}

impl Emit for u32 {
    fn emit(&self, out: &mut Vec<u8>) {
        digits(out, u64::from(*self));
    }
}

impl Emit for bool {
    fn emit(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
    }
}

impl Emit for Raw<'_> {
    fn emit(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.0.as_bytes());
    }
}

impl Emit for &str {
    fn emit(&self, out: &mut Vec<u8>) {
        let plain = self.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\');
        if plain {
            out.push(b'"');
            out.extend_from_slice(self.as_bytes());
            out.push(b'"');
        } else {
            out.extend_from_slice(Value::from(*self).to_string().as_bytes());
        }
    }
}

impl Emit for String {
    fn emit(&self, out: &mut Vec<u8>) {
        self.as_str().emit(out);
    }
}

impl Emit for Stamp {
    fn emit(&self, out: &mut Vec<u8>) {
        out.push(b'"');
        self.write(out);
        out.push(b'"');
    }
}

impl Emit for Day {
    fn emit(&self, out: &mut Vec<u8>) {
        out.push(b'"');
        self.0.write_date(out);
        out.push(b'"');
    }
}

impl Emit for Money {
    fn emit(&self, out: &mut Vec<u8>) {
        if self.0 < 0 {
            out.push(b'-');
        }
        let cents = self.0.unsigned_abs();
        digits(out, cents / 100);
        out.push(b'.');
        digits(out, cents / 10 % 10);
        digits(out, cents % 10);
    }
}

impl Emit for MoneyText {
    fn emit(&self, out: &mut Vec<u8>) {
        out.push(b'"');
        Money(self.0).emit(out);
        out.push(b'"');
    }
}

impl<T: Emit> Emit for Option<T> {
    fn emit(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.emit(out),
            None => out.extend_from_slice(b"null"),
        }
    }
}

impl<T: Emit> Emit for &[T] {
    fn emit(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for (at, item) in self.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            item.emit(out);
        }
        out.push(b']');
    }
}

fn digits(out: &mut Vec<u8>, mut value: u64) {
    let mut buffer = [0_u8; 20];
    let mut at = buffer.len();
    loop {
        at -= 1;
        buffer[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&buffer[at..]);
}

/// The integer behind a JSON number, when it is one and fits 64 bits.
pub(crate) fn as_id(value: &Value) -> Option<i64> {
    value.as_i64()
}

/// The text of a field, or nothing for null and other types.
pub(crate) fn text_of<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str)
}

/// The integer of a field, or nothing for null and other types.
pub(crate) fn id_of(object: &Object, key: &str) -> Option<i64> {
    object.get(key).and_then(as_id)
}

/// The integers of a list field.
pub(crate) fn ids_of(object: &Object, key: &str) -> Vec<i64> {
    let items = object.get(key).and_then(Value::as_array);
    items.map(|items| items.iter().filter_map(as_id).collect()).unwrap_or_default()
}
