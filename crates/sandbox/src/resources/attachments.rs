//! Files of installed equipment: upload, download.

use hyper::body::Bytes;
use serde_json::json;

use crate::call::{Call, Reply, parts};
use crate::problem::Problem;
use crate::query::Query;
use crate::route::{Action, Endpoint};
use crate::store::{Attachment, Store};
use crate::world::Dice;

const PATH: &str = "/equipmentsystems/v2/tenant/{tenant}/installed-equipment/attachments";
/// The documented example of the parameter of a download.
const EXAMPLE: &str = "department";

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint { method: "POST", path: PATH, action: Action::Upload(upload) },
    Endpoint { method: "GET", path: PATH, action: Action::Download(download) },
];

pub(crate) fn prepare(store: &mut Store) {
    let file = Attachment {
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
    let parts = parts(content_type, body).ok_or_else(|| Problem::field("", "The multipart body is broken."))?;
    let file = parts.into_iter().find(|part| part.name == "file").map(|part| part.file);
    let file = file.ok_or_else(|| Problem::field("file", "The file field is required."))?;
    let number = i64::try_from(call.store.files.len()).unwrap_or_default();
    let path = stored_path(number, &file);
    call.store.files.insert(path.clone(), file);
    call.touched.push(number);
    Ok(Reply::Json(json!({ "path": path })))
}

/// Files are kept under a name of their own; only the ending stays.
fn stored_path(number: i64, file: &Attachment) -> String {
    let folder = if file.content_type.starts_with("image/") { "Images" } else { "Documents" };
    let mut dice = Dice::new(number.unsigned_abs());
    let (high, low) = (dice.next(), dice.next());
    let ending = file.file_name.rsplit_once('.').map_or(String::new(), |(_, ending)| format!(".{ending}"));
    format!(
        "InstalledEquipment/{folder}/{:08x}-{:04x}-{:04x}-{:04x}-{:012x}{ending}",
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
