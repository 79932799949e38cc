//! Masking of secrets in texts.

use secrecy::{ExposeSecret, SecretString};

/// The text that replaces a secret.
pub(crate) const MASK: &str = "***";

/// The secrets of one invocation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mask(Vec<SecretString>);

impl Mask {
    /// Adds a secret, in plain and in JSON-escaped form.
    pub(crate) fn add(&mut self, secret: &str) {
        let escaped = serde_json::to_string(secret).unwrap_or_default();
        for form in [secret, escaped.trim_matches('"')] {
            if !form.is_empty() && !self.0.iter().any(|known| known.expose_secret() == form) {
                self.0.push(form.into());
            }
        }
        // Longest first: replacing a secret that is a prefix of another would leave the rest of the other visible.
        self.0.sort_by_key(|known| std::cmp::Reverse(known.expose_secret().len()));
    }

    /// Returns the text with secrets masked.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.expose_secret(), MASK))
    }
}
