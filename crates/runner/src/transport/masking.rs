//! Keeps secrets out of everything that people read.

use secrecy::{ExposeSecret, SecretString};

/// What stands in the place of a secret.
pub(crate) const MASK: &str = "***";

/// The secrets of one invocation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mask(Vec<SecretString>);

impl Mask {
    /// Adds a secret, as it is and as it stands inside JSON text.
    pub(crate) fn add(&mut self, secret: &str) {
        let escaped = serde_json::to_string(secret).unwrap_or_default();
        for form in [secret, escaped.trim_matches('"')] {
            if !form.is_empty() && !self.0.iter().any(|known| known.expose_secret() == form) {
                self.0.push(form.into());
            }
        }
        // Longest first: a secret that begins another must not leave the other's end standing.
        self.0.sort_by_key(|known| std::cmp::Reverse(known.expose_secret().len()));
    }

    /// The text without the secrets.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.expose_secret(), MASK))
    }
}
