//! Files of installed equipment: upload, download.

use hyper::body::Bytes;

use crate::data::rng::Rng;
use crate::data::store::File;
use crate::http::multipart;
use crate::resources::endpoint::Action;
use crate::resources::prelude::*;

const PATH: &str = "/equipmentsystems/v2/tenant/{tenant}/installed-equipment/attachments";
pub(crate) const UPLOAD: Endpoint = Endpoint::new("POST", PATH, Action::Upload(upload));
pub(crate) const DOWNLOAD: Endpoint = Endpoint::new("GET", PATH, Action::Download(download));

/// The documented example of a download's parameter.
const EXAMPLE: &str = "department";

pub(crate) fn prepare(store: &mut Store) {
    let file = File {
        content_type: "text/plain".to_owned(),
        file_name: "department.txt".to_owned(),
        bytes: Bytes::from_static(b"Department: HVAC Service\n"),
    };
    store.files.insert(EXAMPLE.to_owned(), file);
}

fn upload(call: &mut Call<'_>, content_type: &str, body: &Bytes) -> Result<Reply, Problem> {
    if !content_type.to_lowercase().starts_with("multipart/form-data") {
        return Err(Problem::new(415, "The body must be multipart/form-data."));
    }
    let file = multipart::file(content_type, body, "file").map_err(|error| Problem::field("", error))?;
    let file = file.ok_or_else(|| Problem::field("file", "The file field is required."))?;
    let number = i64::try_from(call.store.files.len()).unwrap_or_default();
    let path = stored_path(number, &file);
    call.store.files.insert(path.clone(), file);
    call.touched.push(number);
    Ok(Reply::Json(json!({"path": path})))
}

/// Files are kept under a new name; only the extension stays.
fn stored_path(number: i64, file: &File) -> String {
    let folder = if file.content_type.starts_with("image/") { "Images" } else { "Documents" };
    let mut rng = Rng::new(number.unsigned_abs());
    let (high, low) = (rng.u64(), rng.u64());
    let extension = file.file_name.rsplit_once('.').map_or(String::new(), |(_, extension)| format!(".{extension}"));
    format!(
        "InstalledEquipment/{folder}/{:08x}-{:04x}-{:04x}-{:04x}-{:012x}{extension}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff,
    )
}

fn download(store: &Store, query: &Query) -> Result<Reply, Problem> {
    let path = query.get("path").ok_or_else(|| Problem::field("path", "The path field is required."))?;
    let file = store.files.get(path).cloned();
    file.map(Reply::File).ok_or_else(|| Problem::new(404, format!("There is no attachment at {path}.")))
}
