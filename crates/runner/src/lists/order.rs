//! The order of a list that the service sorts.

use pipefit_component::{Error, Problem, Request, Result, Sorting, shown};

use crate::invocation::suggestion;

/// Checks the order that a request asks for. A field without a sign is sorted in ascending order. Fails if the service
/// does not sort the list by this field, as far as that is known: it may answer in any order then.
pub(crate) fn check_order(request: &mut Request) -> Result<()> {
    let Some(list) = request.list.filter(|list| !list.sort_fields.is_empty()) else { return Ok(()) };
    let Sorting::ByService { parameter, .. } = list.sorting else { return Ok(()) };
    let Some((_, order)) = request.query.iter_mut().find(|(name, _)| name == parameter) else { return Ok(()) };
    let field = order.trim_start_matches(['+', '-']);
    if !list.sort_fields.iter().any(|known| known.eq_ignore_ascii_case(field)) {
        let fields: Vec<_> = list.sort_fields.iter().map(|field| format!("`{field}`")).collect();
        let hint = suggestion(field, list.sort_fields.iter().copied());
        let hint = hint.map_or_else(|| ".".to_owned(), |hint| format!("; {hint}"));
        let what = format!("`{parameter}` is `{}`, which this list cannot be sorted by{hint}", shown(order));
        let message = format!("{what} The fields are {}.", fields.join(", "));
        return Err(Error::input(parameter, Problem::InvalidValue, message));
    }
    if field.len() == order.len() {
        order.insert(0, '+');
    }
    Ok(())
}
