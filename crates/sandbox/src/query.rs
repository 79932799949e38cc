//! Query parameters as the API's server reads them.

use percent_encoding::percent_decode;

/// The parameters of one request, decoded, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(pub(crate) Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(raw: &str) -> Self {
        let pair = |part: &str| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(name), decode(value))
        };
        Self(raw.split('&').filter(|part| !part.is_empty()).map(pair).collect())
    }

    /// The first value of a parameter; names are compared without case and blank values count as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let own = self.0.iter().filter(move |(key, value)| key.eq_ignore_ascii_case(name) && !value.is_empty());
        own.map(|(_, value)| value.as_str())
    }
}

/// A plus is a space, as in a form; that is why an unescaped `+Id` arrives as ` Id`.
fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode(spaced.as_bytes()).decode_utf8_lossy().into_owned()
}
