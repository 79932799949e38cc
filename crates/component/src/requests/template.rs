//! Templates: text with names in braces.

/// Replaces each `{name}` with `value(name)`. Braces inside a value are not replaced.
pub fn fill<V, E>(template: &str, mut value: impl FnMut(&str) -> Result<V, E>) -> Result<String, E>
where
    V: AsRef<str>,
{
    let mut text = String::with_capacity(template.len() + 20);
    let mut rest = template;
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, tail)| Some((before, tail.split_once('}')?)))
    {
        text.push_str(before);
        text.push_str(value(name)?.as_ref());
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}
