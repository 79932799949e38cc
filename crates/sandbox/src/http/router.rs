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

pub(crate) fn all() -> impl Iterator<Item = Operation> {
    let of = |resource: &'static Resource| {
        resource.endpoints.iter().map(|endpoint| Operation { table: resource.table, endpoint })
    };
    resources::all().into_iter().flat_map(of)
}

/// Finds the operation of a path, and the ids in it; a literal segment wins over a parameter.
pub(crate) fn find(method: &str, path: &str) -> Result<(Operation, Vec<i64>), Problem> {
    let found = ROUTER.at(path).map_err(|_| Problem::nothing_here())?;
    let operation = found.value.iter().find(|operation| operation.endpoint.method == method);
    let operation = operation.ok_or_else(|| Problem::new(405, "The method is not allowed."))?;
    let mut ids = Vec::new();
    for (name, value) in found.params.iter().filter(|(name, _)| *name != "tenant") {
        let refusal = |_| Problem::field(name, format!("The value '{value}' is not valid."));
        ids.push(value.parse().map_err(refusal)?);
    }
    Ok((*operation, ids))
}

#[cfg(test)]
mod tests {
    use super::{all, find};

    #[test]
    fn every_endpoint_is_found_by_its_own_path() {
        for operation in all() {
            let endpoint = operation.endpoint;
            let path: Vec<&str> =
                endpoint.path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect();
            let found = find(endpoint.method, &path.join("/"));
            assert!(found.is_ok_and(|(other, _)| other.endpoint.path == endpoint.path), "{}", endpoint.path);
        }
    }
}
