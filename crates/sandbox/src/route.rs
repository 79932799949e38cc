//! Endpoints: what a resource declares, and the way from a method and path to one.

use hyper::body::Bytes;

use crate::call::{Call, Reply};
use crate::listing::Listing;
use crate::problem::Problem;
use crate::query::Query;
use crate::resources;
use crate::schema::Field;
use crate::store::Store;
use crate::world::Table;

/// One operation of the API.
pub(crate) struct Endpoint {
    pub(crate) method: &'static str,
    /// The template, with the parameters as the API names them.
    pub(crate) path: &'static str,
    pub(crate) action: Action,
}

/// How an endpoint answers.
pub(crate) enum Action {
    List(Listing),
    Get(Single),
    /// Checks the body against its fields, then changes the state.
    Write {
        body: &'static [Field],
        run: fn(&mut Call<'_>) -> Result<Reply, Problem>,
    },
    Upload(fn(&mut Call<'_>, &str, &Bytes) -> Result<Reply, Problem>),
    Download(fn(&Store, &Query) -> Result<Reply, Problem>),
}

/// One record by the last id in the path.
pub(crate) struct Single {
    pub(crate) table: Table,
    /// Field that holds the id of the record above it in the path.
    pub(crate) parent: Option<&'static str>,
    /// Query parameters that it has.
    pub(crate) takes: &'static [&'static str],
}

impl Endpoint {
    pub(crate) const fn list(path: &'static str, listing: Listing) -> Self {
        Self { method: "GET", path, action: Action::List(listing) }
    }

    pub(crate) const fn get(path: &'static str, table: Table) -> Self {
        Self { method: "GET", path, action: Action::Get(Single { table, parent: None, takes: &[] }) }
    }

    /// A record that also shows the external data of one application.
    pub(crate) const fn get_external(path: &'static str, table: Table) -> Self {
        let takes = &["externalDataApplicationGuid"];
        Self { method: "GET", path, action: Action::Get(Single { table, parent: None, takes }) }
    }

    pub(crate) const fn get_below(path: &'static str, table: Table, parent: &'static str) -> Self {
        let single = Single { table, parent: Some(parent), takes: &[] };
        Self { method: "GET", path, action: Action::Get(single) }
    }

    pub(crate) const fn post(
        path: &'static str,
        body: &'static [Field],
        run: fn(&mut Call<'_>) -> Result<Reply, Problem>,
    ) -> Self {
        Self { method: "POST", path, action: Action::Write { body, run } }
    }

    pub(crate) const fn patch(
        path: &'static str,
        body: &'static [Field],
        run: fn(&mut Call<'_>) -> Result<Reply, Problem>,
    ) -> Self {
        Self { method: "PATCH", path, action: Action::Write { body, run } }
    }

    pub(crate) const fn put(
        path: &'static str,
        body: &'static [Field],
        run: fn(&mut Call<'_>) -> Result<Reply, Problem>,
    ) -> Self {
        Self { method: "PUT", path, action: Action::Write { body, run } }
    }

    pub(crate) const fn delete(path: &'static str, run: fn(&mut Call<'_>) -> Result<Reply, Problem>) -> Self {
        Self { method: "DELETE", path, action: Action::Write { body: &[], run } }
    }
}

const GROUPS: &[&[Endpoint]] = &[
    resources::appointments::ENDPOINTS,
    resources::assignments::ENDPOINTS,
    resources::bookings::ENDPOINTS,
    resources::business_units::ENDPOINTS,
    resources::contacts::ENDPOINTS,
    resources::customers::ENDPOINTS,
    resources::installed_equipment::ENDPOINTS,
    resources::attachments::ENDPOINTS,
    resources::invoices::ENDPOINTS,
    resources::invoice_items::ENDPOINTS,
    resources::job_cancel_reasons::ENDPOINTS,
    resources::jobs::ENDPOINTS,
    resources::locations::ENDPOINTS,
    resources::payments::ENDPOINTS,
    resources::projects::ENDPOINTS,
    resources::technicians::ENDPOINTS,
    resources::user_roles::ENDPOINTS,
];

/// Every endpoint, by resource.
pub(crate) fn all() -> impl Iterator<Item = &'static Endpoint> {
    GROUPS.iter().flat_map(|group| group.iter())
}

/// What a method and path lead to.
pub(crate) enum Route {
    Found {
        endpoint: &'static Endpoint,
        ids: Vec<i64>,
    },
    /// The path is known, the method is not.
    WrongMethod,
    Unknown,
}

/// Finds the endpoint of a path; a literal segment wins over a parameter.
pub(crate) fn find(method: &str, path: &str) -> Result<Route, Problem> {
    let mut fitting: Vec<&'static Endpoint> = all().filter(|endpoint| fits(endpoint.path, path)).collect();
    fitting.sort_by_key(|endpoint| endpoint.path.matches('{').count());
    let Some(first) = fitting.first() else { return Ok(Route::Unknown) };
    let Some(endpoint) = fitting.iter().find(|endpoint| endpoint.method == method && endpoint.path == first.path)
    else {
        return Ok(Route::WrongMethod);
    };
    let mut ids = Vec::new();
    for (name, value) in endpoint.path.split('/').zip(path.split('/')) {
        let Some(name) = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else { continue };
        if name != "tenant" {
            let refusal = |_| Problem::field(name, format!("The value '{value}' is not valid."));
            ids.push(value.parse().map_err(refusal)?);
        }
    }
    Ok(Route::Found { endpoint, ids })
}

/// Whether a path has the form of a template; `*` stands for any segment, a final `**` for any rest.
pub(crate) fn fits(template: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    for wanted in template.split('/') {
        if wanted == "**" {
            return true;
        }
        let Some(segment) = segments.next() else { return false };
        let open = wanted == "*" || wanted.starts_with('{') && wanted.ends_with('}');
        if !(if open { !segment.is_empty() } else { segment == wanted }) {
            return false;
        }
    }
    segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::{Route, all, find, fits};

    #[test]
    fn templates_fit_their_paths() {
        assert!(fits("/jpm/v2/tenant/{tenant}/jobs/{id}", "/jpm/v2/tenant/1/jobs/5"));
        assert!(fits("/jpm/*/tenant/*/jobs", "/jpm/v2/tenant/1/jobs"));
        assert!(fits("/jpm/**", "/jpm/v2/tenant/1/jobs"));
        assert!(!fits("/jpm/v2/tenant/{tenant}/jobs", "/jpm/v2/tenant/1/jobs/"));
    }

    #[test]
    fn every_endpoint_is_found_by_its_own_path() {
        for endpoint in all() {
            let path: Vec<&str> =
                endpoint.path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect();
            let found = find(endpoint.method, &path.join("/"));
            let same = matches!(found, Ok(Route::Found { endpoint: other, .. }) if other.path == endpoint.path);
            assert!(same, "{} {}", endpoint.method, endpoint.path);
        }
    }
}
