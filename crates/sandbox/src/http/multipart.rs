//! Reads the file of a multipart body.

use std::convert::Infallible;

use futures_util::{FutureExt, stream};
use hyper::body::Bytes;
use multer::{Multipart, parse_boundary};

use crate::data::store::File;

/// The file in the field of this name, if there is one; its bytes stay as they are.
pub(crate) fn file(content_type: &str, body: &Bytes, name: &str) -> Result<Option<File>, String> {
    let boundary = parse_boundary(content_type).map_err(|error| error.to_string())?;
    let body = stream::iter([Ok::<_, Infallible>(body.clone())]);
    let read = read(Multipart::new(body, boundary), name).now_or_never();
    // The whole body is here, so reading it waits for nothing.
    read.unwrap_or(Err(multer::Error::IncompleteStream)).map_err(|error| error.to_string())
}

async fn read(mut parts: Multipart<'_>, name: &str) -> multer::Result<Option<File>> {
    while let Some(part) = parts.next_field().await? {
        if part.name() != Some(name) {
            continue;
        }
        return Ok(Some(File {
            content_type: part.content_type().map_or("application/octet-stream", |kind| kind.as_ref()).to_owned(),
            file_name: part.file_name().unwrap_or_default().to_owned(),
            bytes: part.bytes().await?,
        }));
    }
    Ok(None)
}
