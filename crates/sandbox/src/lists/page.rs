//! Which page of a list a request asks for.

use crate::query::Query;

use super::parse_flag;

const DEFAULT_SIZE: u32 = 50;
const LARGEST_SIZE: u32 = 5000;

pub(super) struct Page {
    pub(super) number: u32,
    pub(super) size: u32,
    /// Whether the response says how many records there are.
    pub(super) counted: bool,
}

impl Page {
    pub(super) fn read(query: &Query, faults: &mut Vec<(String, String)>) -> Self {
        let mut number = |name: &str, default: u32, most: u32| match query.get(name).map(str::parse::<u32>) {
            None => default,
            Some(Ok(value)) if (1..=most).contains(&value) => value,
            Some(_) => {
                let limit = if most == u32::MAX { "1 or more".to_owned() } else { format!("between 1 and {most}") };
                faults.push((name.to_owned(), format!("The field {name} must be {limit}.")));
                default
            }
        };
        let (page, size) = (number("page", 1, u32::MAX), number("pageSize", DEFAULT_SIZE, LARGEST_SIZE));
        let counted = parse_flag(query.get("includeTotal").unwrap_or("false")).unwrap_or_else(|expected| {
            faults.push(("includeTotal".to_owned(), format!("The value is not valid: expected {expected}.")));
            false
        });
        Self { number: page, size, counted }
    }
}
