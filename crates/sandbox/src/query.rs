//! Query parameters as the API's server reads them.

/// The decoded parameters of one request, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(pub(crate) Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(raw: &[u8]) -> Self {
        Self(form_urlencoded::parse(raw).into_owned().collect())
    }

    /// The first value of a parameter. Names are compared without case, and blank values count as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let own = self.0.iter().filter(move |(key, value)| key.eq_ignore_ascii_case(name) && !value.is_empty());
        own.map(|(_, value)| value.as_str())
    }
}
