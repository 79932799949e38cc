//! Reads the name of a file from a `Content-Disposition` header (RFC 6266).

use percent_encoding::percent_decode_str;

/// Returns the name without folders, or `None` if there is no valid name.
pub(super) fn of(header: &str) -> Option<String> {
    let parameters = parameters(header);
    let of = |wanted: &str| parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let name = of("filename*").and_then(decoded).or_else(|| of("filename").map(ToOwned::to_owned))?;
    // A name with a path could make the caller write to another folder.
    let name: String = name.rsplit(['/', '\\']).next()?.chars().filter(|char| !char.is_control()).collect();
    let name = name.trim();
    (!matches!(name, "" | "." | "..")).then(|| name.to_owned())
}

/// Decodes `UTF-8'en'percent-encoded`. Other character sets are not supported; the plain parameter is used for them.
fn decoded(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_, text) = rest.split_once('\'')?;
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    charset.eq_ignore_ascii_case("utf-8").then(|| decoded.into_owned())
}

/// Returns the parameters: names in lower case, and values without quotes.
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut parts = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for char in header.chars() {
        match char {
            _ if escaped => escaped = false,
            '\\' if quoted => {
                escaped = true;
                continue;
            }
            '"' => {
                quoted = !quoted;
                continue;
            }
            ';' if !quoted => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(char);
        }
    }
    let split = |part: String| {
        let (name, value) = part.split_once('=')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
    };
    parts.into_iter().filter_map(split).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_name_without_folders() {
        let table = [
            (r#"attachment; filename="a b;c.pdf""#, Some("a b;c.pdf")),
            (r#"attachment; filename="say \"hi\".txt""#, Some("say \"hi\".txt")),
            ("attachment; FileName=plain.csv ; size=3", Some("plain.csv")),
            (r#"attachment; filename="x.txt"; filename*=UTF-8''%C3%BCber.txt"#, Some("über.txt")),
            (r#"attachment; filename="x.txt"; filename*=latin1''%FC"#, Some("x.txt")),
            (r#"attachment; filename="../../etc/passwd""#, Some("passwd")),
            ("attachment; filename*=UTF-8''..%2F..", None),
            (r#"attachment; filename="""#, None),
            ("inline", None),
            ("", None),
        ];
        for (header, name) in table {
            assert_eq!(of(header).as_deref(), name, "{header}");
        }
    }
}
