//! The service of the second component: things on a shelf, behind a key, in pages that a cursor chains.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::{response, serve};

pub(super) const KEY: &str = "canary-shelf-key";

/// Things by id: name, and the seconds at which they were made and touched.
pub(super) type Things = Arc<Mutex<BTreeMap<String, (String, i64, i64)>>>;

pub(super) struct Service {
    pub(super) url: String,
    pub(super) things: Things,
    pub(super) seen: Arc<Mutex<Vec<String>>>,
}

impl Service {
    /// A service with so many things, made and touched one second apart.
    pub(super) fn start(count: i64) -> Self {
        let thing = |number: i64| (format!("thing-{number:03}"), (format!("Thing {number:03}"), number, number));
        let things: Things = Arc::new(Mutex::new((0..count).map(thing).collect()));
        let kept = Arc::clone(&things);
        let (url, seen) = serve(move |received| {
            let (status, body) = answer(&kept, received.text);
            response(status, &[], body.to_string())
        });
        Self { url, things, seen }
    }

    /// Changes a thing, or puts it on the shelf.
    pub(super) fn touch(&self, key: &str, second: i64) {
        let mut things = self.things.lock().unwrap();
        things.entry(key.to_owned()).or_insert_with(|| (key.to_owned(), second, second)).2 = second;
    }
}

fn answer(things: &Things, request: &str) -> (&'static str, Value) {
    let refuse = |reason: &str| json!({"error": {"reason": reason, "ref": "R-7", "fields": {"name": ["taken"]}}});
    if !request.to_lowercase().contains(&format!("x-shelf-key: {KEY}")) {
        return ("401 No", refuse("Who are you?"));
    }
    let mut line = request.split(' ');
    let (method, target) = (line.next().unwrap(), line.next().unwrap());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut things = things.lock().unwrap();
    match (method, path.strip_prefix("/v1/things")) {
        ("GET", Some("")) => ("200 OK", page(&things, query)),
        ("POST", Some("")) => {
            let body: Value = serde_json::from_str(request.split("\r\n\r\n").nth(1).unwrap()).unwrap();
            let name = body["name"].as_str().unwrap().to_owned();
            if things.values().any(|(known, ..)| *known == name) {
                return ("409 No", refuse("There is such a thing."));
            }
            things.insert(name.clone(), (name.clone(), 0, 0));
            ("201 Created", json!({"key": name, "name": name, "made": time(0), "touched": null}))
        }
        ("GET", Some(key)) => match things.get(&key[1..]) {
            Some((name, made, touched)) => ("200 OK", thing(&key[1..], name, *made, *touched)),
            None => ("404 No", refuse("No such thing.")),
        },
        _ => ("405 No", refuse("Not so.")),
    }
}

fn page(things: &BTreeMap<String, (String, i64, i64)>, query: &str) -> Value {
    let given = |name: &str| {
        let pair = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")))?;
        Some(pair.replace("%3A", ":").replace("%2B", "+").replace('+', if name == "order" { "+" } else { " " }))
    };
    let since = given("touchedSince").unwrap_or_else(|| time(0));
    let made_since = given("madeSince").unwrap_or_else(|| time(0));
    let is_wanted = |made: i64, touched: i64| time(touched) >= since && time(made) >= made_since;
    let mut rows: Vec<_> = things.iter().filter(|(_, (_, made, touched))| is_wanted(*made, *touched)).collect();
    match given("order").as_deref() {
        Some("+touched") => rows.sort_by_key(|(_, (_, _, touched))| *touched),
        Some("-touched") => rows.sort_by_key(|(_, (_, _, touched))| -touched),
        Some("+made") => rows.sort_by_key(|(_, (_, made, _))| *made),
        Some("-made") => rows.sort_by_key(|(_, (_, made, _))| -made),
        _ => {}
    }
    if let Some(keys) = given("keys") {
        rows.retain(|(key, _)| **key == keys);
    }
    let limit: usize = given("limit").map_or(3, |limit| limit.parse().unwrap());
    let start: usize = given("cursor").map_or(0, |cursor| cursor.trim_start_matches("at-").parse().unwrap());
    let shown = rows.iter().skip(start).take(limit);
    let items: Vec<_> = shown.map(|(key, (name, made, touched))| thing(key, name, *made, *touched)).collect();
    let next = (start + limit < rows.len()).then(|| format!("at-{}", start + limit));
    json!({"items": items, "meta": {"next": next, "count": rows.len()}})
}

fn thing(key: &str, name: &str, made: i64, touched: i64) -> Value {
    json!({"key": key, "name": name, "made": time(made), "touched": time(touched)})
}

/// So many seconds after midnight.
fn time(second: i64) -> String {
    format!("2026-03-01T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}
