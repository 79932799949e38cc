//! Encryption of tokens before they enter Restate.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pipefit_component::{Code, Error, Result};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use secrecy::{ExposeSecret as _, SecretString};

/// The key that tokens are encrypted with at rest: AES-256-GCM with a random nonce. All workers have the same.
pub struct TokenKey {
    key: LessSafeKey,
    random: SystemRandom,
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("TokenKey")
    }
}

impl TokenKey {
    /// Reads a key: 32 random bytes in base64, such as `openssl rand -base64 32` prints. Fails if it is anything else.
    pub fn from_base64(text: &str) -> Result<Self> {
        let wrong =
            || Error::new(Code::InvalidRequest, "expected 32 bytes in base64, as `openssl rand -base64 32` prints");
        let bytes = STANDARD.decode(text.trim()).map_err(|_| wrong())?;
        Self::new(&bytes).ok_or_else(wrong)
    }

    /// Makes a new random key, for a server whose state does not outlive this process.
    pub fn random() -> Result<Self> {
        let mut bytes = [0; 32];
        fill(&SystemRandom::new(), &mut bytes)?;
        Self::new(&bytes).ok_or_else(|| Error::internal("the length of a key"))
    }

    fn new(bytes: &[u8]) -> Option<Self> {
        let key = UnboundKey::new(&AES_256_GCM, bytes).ok()?;
        Some(Self { key: LessSafeKey::new(key), random: SystemRandom::new() })
    }

    /// Encrypts a token of this name. It cannot be read under another name.
    pub(crate) fn seal(&self, name: &str, token: &SecretString) -> Result<String> {
        let mut nonce = [0; NONCE_LEN];
        fill(&self.random, &mut nonce)?;
        let mut sealed = token.expose_secret().as_bytes().to_vec();
        let key = Nonce::assume_unique_for_key(nonce);
        self.key
            .seal_in_place_append_tag(key, Aad::from(name), &mut sealed)
            .map_err(|_| Error::internal("a token cannot be encrypted"))?;
        Ok(STANDARD.encode([&nonce[..], &sealed].concat()))
    }

    /// Decrypts a token. `None` if it was encrypted with another key or is damaged.
    pub(crate) fn open(&self, name: &str, sealed: &str) -> Option<SecretString> {
        let mut bytes = STANDARD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let token = self.key.open_in_place(nonce, Aad::from(name), sealed).ok()?;
        str::from_utf8(token).ok().map(SecretString::from)
    }
}

fn fill(random: &SystemRandom, bytes: &mut [u8]) -> Result<()> {
    random.fill(bytes).map_err(|_| Error::new(Code::Internal, "the system has no random numbers"))
}

/// Returns 128 random bits that nobody can guess, in hexadecimal.
pub(crate) fn random_id() -> Result<String> {
    let mut bytes = [0; 16];
    fill(&SystemRandom::new(), &mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_key_and_the_name_open_a_token() {
        let (key, other) = (TokenKey::random().expect("a key"), TokenKey::random().expect("a key"));
        let sealed = key.seal("one", &SecretString::from("secret-token")).expect("it is encrypted");
        let again = key.seal("one", &SecretString::from("secret-token")).expect("it is encrypted");
        assert!(!sealed.contains("secret") && sealed != again);
        assert_eq!(
            key.open("one", &sealed).map(|token| token.expose_secret().to_owned()).as_deref(),
            Some("secret-token")
        );
        assert!(key.open("two", &sealed).is_none() && other.open("one", &sealed).is_none());
        let flipped = sealed.replacen(&sealed[20..21], if &sealed[20..21] == "A" { "B" } else { "A" }, 1);
        assert!(key.open("one", &flipped).is_none() && key.open("one", "").is_none());
    }

    #[test]
    fn a_key_has_32_bytes() {
        assert!(TokenKey::from_base64(&format!("{}\n", STANDARD.encode([7; 32]))).is_ok());
        for wrong in ["", "short", &STANDARD.encode([7; 31]), &STANDARD.encode([7; 33])] {
            let error = TokenKey::from_base64(wrong).expect_err("no key");
            assert!(wrong.is_empty() || !error.message().contains(wrong), "{error}");
        }
    }
}
