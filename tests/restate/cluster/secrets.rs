//! Keys and canaries: secrets that are made for a run, and the search for them in what nodes and workers leave behind.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use pipefit::sandbox::{Credentials, RecordedRequest};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use crate::Result;

/// The key that nodes sign requests to workers with.
pub(crate) struct Identity {
    pub(crate) file: PathBuf,
    /// As workers read it.
    pub(crate) public_key: String,
}

impl Identity {
    pub(crate) fn create(folder: &Path) -> Result<Self> {
        let wrong = |error: &dyn std::fmt::Display| format!("the identity key: {error}");
        let seed = random::<32>()?;
        // PKCS #8 as OpenSSL writes it: ring's own has the public key in it, which Restate does not read.
        let head = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|error| wrong(&error))?;
        let document = BASE64_STANDARD.encode([&head[..], &seed].concat());
        let file = folder.join("identity.pem");
        fs::write(&file, format!("-----BEGIN PRIVATE KEY-----\n{document}\n-----END PRIVATE KEY-----\n"))?;
        Ok(Self { file, public_key: format!("publickeyv1_{}", bs58::encode(pair.public_key()).into_string()) })
    }
}

/// Returns random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| "no random numbers")?;
    Ok(bytes)
}

/// Credentials that occur nowhere else.
pub(crate) fn credentials() -> Result<Credentials> {
    let canary = |kind: &str| Ok::<_, crate::Failure>(format!("{kind}.canary{}", u64::from_ne_bytes(random::<8>()?)));
    Ok(Credentials {
        application_key: canary("ak1")?,
        client_id: canary("cid")?,
        client_secret: canary("cs1")?,
        ..Credentials::demo()
    })
}

/// What no file may contain: the secrets of the credentials, and the tokens that requests had.
pub(crate) fn canaries(credentials: &Credentials, requests: &[RecordedRequest]) -> Vec<(&'static str, String)> {
    let token = |request: &RecordedRequest| Some(request.header("authorization")?.strip_prefix("Bearer ")?.to_owned());
    let mut tokens: Vec<_> = requests.iter().filter_map(token).collect();
    tokens.sort_unstable();
    tokens.dedup();
    let own = [("client secret", &credentials.client_secret), ("application key", &credentials.application_key)];
    let own = own.map(|(name, value)| (name, value.clone()));
    own.into_iter().chain(tokens.into_iter().map(|token| ("access token", token))).collect()
}

/// Which of these texts is in which file below these folders.
pub(crate) fn search(folders: &[PathBuf], texts: &[&str]) -> Vec<(usize, PathBuf)> {
    let mut folders = folders.to_vec();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            // What is removed meanwhile contains nothing.
            let bytes = fs::read(&path).unwrap_or_default();
            // The standard library is quick in a build that is not optimized, too.
            let content = String::from_utf8_lossy(&bytes);
            found.extend((0..texts.len()).filter(|at| content.contains(texts[*at])).map(|at| (at, path.clone())));
        }
    }
    found
}
