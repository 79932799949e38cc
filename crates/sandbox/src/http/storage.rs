//! The storage that downloads are redirected to: signed links on an origin of its own, as a cloud storage has.

use hyper::HeaderMap;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::data::rng::Rng;
use crate::data::store::{File, Store};
use crate::problem::Problem;
use crate::query::Query;

/// How the path of every link starts.
pub(crate) const PREFIX: &str = "/storage/";
/// The template of a link's path, for recorded requests.
pub(crate) const TEMPLATE: &str = "/storage/{file}";

/// The second origin.
pub(crate) struct Storage {
    pub(crate) origin: String,
    pub(crate) seed: u64,
}

impl Storage {
    /// A link that needs no token.
    pub(crate) fn link(&self, path: &str) -> String {
        let file = utf8_percent_encode(path, NON_ALPHANUMERIC);
        format!("{}{PREFIX}{file}?sig={}", self.origin, self.signature(path))
    }

    /// The file behind a link. Refuses a request that also has a token, as the real storage does.
    pub(crate) fn file(&self, store: &Store, path: &str, query: &Query, headers: &HeaderMap) -> Result<File, Problem> {
        if headers.contains_key("authorization") {
            return Err(Problem::new(400, "Only one way of authentication is allowed: the signature of the link."));
        }
        let path = percent_decode_str(path).decode_utf8_lossy();
        if query.get("sig") != Some(&self.signature(&path)) {
            return Err(Problem::new(403, "The signature of the link is not valid."));
        }
        store.files.get(&*path).cloned().ok_or_else(|| Problem::new(404, "There is no such file."))
    }

    fn signature(&self, path: &str) -> String {
        let mixed = path.bytes().fold(self.seed, |sum, byte| Rng::new(sum ^ u64::from(byte)).u64());
        format!("{mixed:016x}")
    }
}
