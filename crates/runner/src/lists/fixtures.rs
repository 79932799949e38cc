//! Lists for tests.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use pipefit_component::{
    Api, ChainedPages, ListEndpoint, Next, NumberedPages, PageLayout, PageMember, PageRole, Paging, Request, Response,
    Result, Transport,
};
use serde_json::json;

const LAYOUT: PageLayout = PageLayout(&[
    PageMember::new("next", PageRole::Next, "The next page."),
    PageMember::new("more", PageRole::HasMore, "Whether there is more."),
    PageMember::new("data", PageRole::Records, "The records."),
]);

/// The parameters of numbered pages.
pub(crate) const PAGES: NumberedPages =
    NumberedPages { number: "page", first: 1, size: "size", max_size: 5_000, default_size: 50, total: "total" };

/// A list with numbered pages.
pub(crate) static NUMBERED: ListEndpoint =
    Api::new("").paged(Paging::Numbered(PAGES), LAYOUT).sorted("sort", "+id").list("/numbered");

/// A list with chained pages.
pub(crate) static CHAINED: ListEndpoint = Api::new("")
    .paged(Paging::Chained(ChainedPages { next: Next::Cursor("after"), size: "size", max_size: 100 }), LAYOUT)
    .list("/chained");

/// A service whose pages always contain more ids, in order, and never end.
#[derive(Default)]
pub(crate) struct Endless(AtomicU64);

impl Endless {
    pub(crate) fn requests(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Transport for Endless {
    async fn send(&self, request: &Request) -> Result<Response> {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        let given = |name| request.query.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.parse().ok());
        let (page, size) = (given("page").unwrap_or(number), given("size").unwrap_or(1));
        let data: Vec<_> = ((page - 1) * size..page * size).map(|id| json!({"id": id})).collect();
        Ok(Response::new(json!({"next": number.to_string(), "more": true, "data": data}).to_string()))
    }
}

/// Runs a future that never waits.
pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("it waits"),
    }
}
