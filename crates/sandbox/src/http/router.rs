//! The way from a method and path to an endpoint.

use std::sync::LazyLock;

use matchit::Router;

use crate::data::table::Table;
use crate::problem::Problem;
use crate::resources;
use crate::resources::endpoint::{Endpoint, Resource};

/// An endpoint with the table that it works on.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) table: &'static Table,
    pub(crate) endpoint: &'static Endpoint,
}

/// The operations of each path.
static ROUTER: LazyLock<Router<Vec<Operation>>> = LazyLock::new(|| {
    let mut router = Router::new();
    for operation in all() {
        let path = operation.endpoint.path;
        let own = all().filter(|other| other.endpoint.path == path).collect();
        // Fails if the path is there already, with the same operations.
        let _ = router.insert(path, own);
    }
    router
});

/// Every operation, by resource.
pub(crate) fn all() -> impl Iterator<Item = Operation> {
    let of = |resource: &'static Resource| {
        resource.endpoints.iter().map(|endpoint| Operation { table: resource.table, endpoint })
    };
    resources::all().into_iter().flat_map(of)
}

/// What a method and path lead to.
pub(crate) enum Route {
    Found {
        operation: Operation,
        ids: Vec<i64>,
    },
    /// The path is known, the method is not.
    WrongMethod,
    Unknown,
}

/// Finds the operation of a path; a literal segment wins over a parameter.
pub(crate) fn find(method: &str, path: &str) -> Result<Route, Problem> {
    let Ok(found) = ROUTER.at(path) else { return Ok(Route::Unknown) };
    let Some(operation) = found.value.iter().find(|operation| operation.endpoint.method == method) else {
        return Ok(Route::WrongMethod);
    };
    let mut ids = Vec::new();
    for (name, value) in found.params.iter().filter(|(name, _)| *name != "tenant") {
        let refusal = |_| Problem::field(name, format!("The value '{value}' is not valid."));
        ids.push(value.parse().map_err(refusal)?);
    }
    Ok(Route::Found { operation: *operation, ids })
}

#[cfg(test)]
mod tests {
    use super::{Route, all, find};

    #[test]
    fn every_endpoint_is_found_by_its_own_path() {
        for operation in all() {
            let endpoint = operation.endpoint;
            let path: Vec<&str> =
                endpoint.path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect();
            let found = find(endpoint.method, &path.join("/"));
            let same =
                matches!(found, Ok(Route::Found { operation: other, .. }) if other.endpoint.path == endpoint.path);
            assert!(same, "{} {}", endpoint.method, endpoint.path);
        }
    }
}
