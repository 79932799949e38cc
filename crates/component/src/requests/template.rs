//! Templates: text with names in braces.

/// Replaces each `{name}` with `value(name)`. Braces inside a value are not replaced.
pub fn fill<V, E>(template: &str, mut value: impl FnMut(&str) -> Result<V, E>) -> Result<String, E>
where
    V: AsRef<str>,
{
    let mut text = String::with_capacity(template.len() + 20);
    let mut rest = template;
    while let Some((before, tail)) = split_at(rest, b'{')
        && let Some((name, after)) = split_at(tail, b'}')
    {
        text.push_str(before);
        text.push_str(value(name)?.as_ref());
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

/// Returns what is before and after the first such character. Templates are short: a search that is fast in long text
/// is slow here.
fn split_at(text: &str, character: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == character)?;
    Some((&text[..at], &text[at + 1..]))
}
