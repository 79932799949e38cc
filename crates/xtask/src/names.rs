//! One name in the spellings that code and texts need.

/// The lower-case words of a name in camel case, snake case or kebab case.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        if letter.is_uppercase() || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (letter.is_alphanumeric(), words.last_mut()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// `GetJob` of `getJob`.
pub(crate) fn upper_camel(name: &str) -> String {
    words(name).iter().map(|word| capital(word)).collect()
}

/// `getJob` of `get_job`.
pub(crate) fn lower_camel(name: &str) -> String {
    let name = upper_camel(name);
    name.chars().take(1).flat_map(char::to_lowercase).chain(name.chars().skip(1)).collect()
}

/// `JOB_ID` of `jobId`.
pub(crate) fn upper_snake(name: &str) -> String {
    words(name).join("_").to_uppercase()
}

/// `Get Job` of `getJob`; an `Id` is an `ID`.
pub(crate) fn title(name: &str) -> String {
    let words: Vec<_> =
        words(name).iter().map(|word| if word == "id" { "ID".to_owned() } else { capital(word) }).collect();
    words.join(" ")
}

/// `installed_part` of `installed_parts`; what is no plural stays as it is.
pub(crate) fn singular(name: &str) -> String {
    match (name.strip_suffix("ies"), name.strip_suffix('s')) {
        (Some(stem), _) => format!("{stem}y"),
        (None, Some(stem)) if !stem.ends_with('s') => stem.to_owned(),
        _ => name.to_owned(),
    }
}

/// The words with their article: `an estimate`.
pub(crate) fn with_article(words: &str) -> String {
    let article = if words.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {words}")
}

/// The text with its first letter in upper case.
pub(crate) fn capital(text: &str) -> String {
    text.chars().take(1).flat_map(char::to_uppercase).chain(text.chars().skip(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_spelt_in_every_way() {
        assert_eq!(upper_camel("getJob"), "GetJob");
        assert_eq!(lower_camel("job_cancel_reason"), "jobCancelReason");
        assert_eq!(upper_snake("jobId"), "JOB_ID");
        assert_eq!(title("jobId"), "Job ID");
        assert_eq!(["job-types", "entries", "class"].map(singular), ["job-type", "entry", "class"]);
        assert_eq!(with_article("estimate"), "an estimate");
    }
}
