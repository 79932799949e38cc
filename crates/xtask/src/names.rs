//! One name in the spellings that code and texts need.

/// `["Job", "Type", "Id"]` of `jobTypeId` or `job-type-id`.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        match words.last_mut() {
            Some(word) if word.is_empty() && letter != '-' => word.extend(letter.to_uppercase()),
            Some(word) if letter != '-' && !letter.is_uppercase() => word.push(letter),
            _ => words.push(letter.to_string().replace('-', "")),
        }
    }
    words
}

/// `JOB_TYPES` of `job-types`.
pub(crate) fn upper_snake(name: &str) -> String {
    words(name).join("_").to_uppercase()
}

/// `jobTypes` of `job-types`.
pub(crate) fn lower_camel(name: &str) -> String {
    let name = words(name).concat();
    name.chars().take(1).flat_map(char::to_lowercase).chain(name.chars().skip(1)).collect()
}

/// `Job Type ID` of `jobTypeId`.
pub(crate) fn title(name: &str) -> String {
    words(name).join(" ").replace(" Id", " ID")
}

/// `entry` of `entries`, `equipment-record` of `equipment`.
pub(crate) fn singular(name: &str) -> String {
    match (name.strip_suffix("ies"), name.strip_suffix('s')) {
        (Some(stem), _) => format!("{stem}y"),
        (_, Some(stem)) => stem.to_owned(),
        _ => format!("{name}-record"),
    }
}
