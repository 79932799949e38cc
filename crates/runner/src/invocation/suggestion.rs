//! Hints for names that are not known.

/// How similar an unknown name must be to a known one to be suggested, from 0 to 1.
const MIN_SIMILARITY: f64 = 0.7;

/// The maximum length of an unknown name that is compared with the known ones: all of them are shorter.
const MAX_COMPARED: usize = 64;

/// Returns the hint `did you mean …?` with the known name that is most similar to an unknown one. Returns `None` if
/// none is similar enough.
pub fn suggestion<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // A comparison takes time in proportion to the length.
    let unknown = Some(unknown).filter(|name| name.len() <= MAX_COMPARED)?.to_ascii_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::normalized_damerau_levenshtein(&unknown, &name.to_ascii_lowercase()), name))
        .filter(|(similarity, _)| *similarity >= MIN_SIMILARITY)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| format!("did you mean `{name}`?"))
}

/// Returns a message with a hint at its end, if there is one.
pub(crate) fn with_hint(message: impl Into<String>, hint: Option<String>) -> String {
    let message = message.into();
    match hint {
        Some(hint) => format!("{message}; {hint}"),
        None => message,
    }
}
