//! The trigger: every change is delivered, and none twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use pipefit::runner::{export, manifest};
use pipefit::sandbox::{Drift, Sandbox};
use pipefit::{Catalog, Code, Error, Invocation, UnitKind};
use serde_json::{Value, json};

use crate::support::{Bench, parsed};

/// Every resource that can be watched: as the trigger's choice, and as the sandbox calls it.
fn resources() -> Vec<(&'static str, String)> {
    let catalog = Catalog::registered();
    let inputs = catalog.find(None, UnitKind::Trigger, "pollChangesTrigger").unwrap().unit.inputs();
    let choices = inputs.iter().find(|input| input.key == "resourceType").unwrap().choices;
    let keys = choices.iter().map(|choice| choice.value).filter(|key| !key.is_empty());
    keys.map(|key| (key, in_kebab_case(key))).collect()
}

fn in_kebab_case(key: &str) -> String {
    let parts = key.chars().map(|letter| if letter.is_uppercase() { format!("-{letter}") } else { letter.to_string() });
    parts.collect::<String>().to_lowercase()
}

/// 2026-06-01, after all seeded records.
fn june() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(494_520)
}

/// A trigger with its memory, as an engine would keep it.
pub(crate) struct Watch {
    pub(crate) bench: Bench,
    pub(crate) inputs: Value,
    pub(crate) state: Option<Value>,
}

/// Records by id, each with its time of change.
pub(crate) type Seen = Vec<(i64, String)>;

impl Watch {
    pub(crate) async fn on(resource: &str, builder: pipefit::sandbox::Builder) -> Self {
        let bench = Bench::around(builder.rate_limit(None).now(june()).start().await.unwrap());
        let inputs = json!({"resourceType": resource, "showNewRecords": true, "showUpdatedRecords": true});
        Self { bench, inputs, state: None }
    }

    pub(crate) fn sandbox(&self) -> &Sandbox {
        &self.bench.sandbox
    }

    fn advance(&self) {
        self.sandbox().advance(Duration::from_secs(1));
    }

    pub(crate) async fn ask(&self, inputs: &Value, state: Option<Value>) -> Result<Value, Error> {
        let mut invocation = Invocation::trigger("pollChangesTrigger", inputs.clone());
        invocation.state = state;
        self.bench.runtime.invoke(invocation).await.map(parsed)
    }

    /// One poll: what was created, what was updated, and whether more waits.
    pub(crate) async fn poll(&mut self) -> (Seen, Seen, bool) {
        let answer = self.ask(&self.inputs, self.state.clone()).await.unwrap();
        self.state = Some(answer["state"].clone());
        (seen(&answer["data"]["created"]), seen(&answer["data"]["updated"]), answer.get("more").is_some())
    }

    /// Polls until nothing waits.
    async fn drain(&mut self) -> (Seen, Seen) {
        let (mut created, mut updated) = (Seen::new(), Seen::new());
        loop {
            let (new, changed, more) = self.poll().await;
            assert!(new.len() + changed.len() <= 5_000);
            created.extend(new);
            updated.extend(changed);
            if !more {
                return (created, updated);
            }
        }
    }
}

pub(crate) fn seen(records: &Value) -> Seen {
    let time = |record: &Value| record["modifiedOn"].as_str().unwrap_or("never").to_owned();
    let one = |record: &Value| (record["id"].as_i64().unwrap(), time(record));
    records.as_array().unwrap().iter().map(one).collect()
}

pub(crate) fn ids(seen: &Seen) -> Vec<i64> {
    seen.iter().map(|(id, _)| *id).collect()
}

#[tokio::test]
async fn new_and_changed_records_of_every_resource_are_delivered_once() {
    for (key, name) in resources() {
        let name = name.as_str();
        let mut watch = Watch::on(key, Sandbox::builder()).await;
        assert_eq!(watch.poll().await, (vec![], vec![], false), "{key}: the first poll is the starting point");
        watch.advance();
        let old = watch.sandbox().ids(name)[3];
        let new = watch.sandbox().insert(name, json!({}));
        watch.sandbox().update(name, old, json!({}));
        let (created, updated, more) = watch.poll().await;
        assert_eq!((ids(&created), ids(&updated), more), (vec![new], vec![old], false), "{key}");
        watch.advance();
        watch.sandbox().update(name, new, json!({}));
        let (created, updated, _) = watch.poll().await;
        assert_eq!((ids(&created), ids(&updated)), (vec![], vec![new]), "{key}: it was delivered before");
        assert_eq!(watch.poll().await, (vec![], vec![], false), "{key}");
        let ignored = watch.bench.seen().into_iter().find(|request| !request.ignored.is_empty());
        assert!(ignored.is_none(), "{key}: {ignored:?}");
    }
}

#[tokio::test]
async fn a_deactivation_is_a_change() {
    let mut deactivated = Vec::new();
    for (key, name) in resources() {
        let name = name.as_str();
        let mut watch = Watch::on(key, Sandbox::builder()).await;
        watch.poll().await;
        watch.advance();
        let id = watch.sandbox().ids(name)[0];
        if watch.sandbox().record(name, id).unwrap().get("active").is_none() {
            continue;
        }
        watch.sandbox().update(name, id, json!({"active": false}));
        assert_eq!(ids(&watch.poll().await.1), [id], "{key}");
        deactivated.push(key);
    }
    assert!(deactivated.contains(&"customers"), "{deactivated:?}");
}

#[tokio::test]
async fn five_thousand_records_of_one_moment_are_delivered_once_and_later_ones_too() {
    for (key, page) in [("jobs", 5_000), ("jobs", 700), ("technicians", 700)] {
        let mut watch = Watch::on(key, Sandbox::builder().largest_page(page)).await;
        watch.poll().await;
        watch.advance();
        let mut new: BTreeSet<_> = (0..5_000).map(|_| watch.sandbox().insert(key, json!({}))).collect();
        let (first, _) = watch.drain().await;
        // The clock stands: more of the same moment, one of them with an id below all others.
        new.extend((0..500).map(|_| watch.sandbox().insert(key, json!({}))));
        new.insert(watch.sandbox().insert(key, json!({"id": 77})));
        let (second, updated) = watch.drain().await;
        assert!(updated.is_empty());
        let delivered: Vec<_> = [ids(&first), ids(&second)].concat();
        assert_eq!((delivered.len(), first.len()), (5_501, 5_000), "{key} {page}");
        assert_eq!(delivered.into_iter().collect::<BTreeSet<_>>(), new, "{key} {page}");
    }
}

#[tokio::test]
async fn a_moment_with_more_records_than_a_state_holds_is_delivered_in_parts() {
    let mut watch = Watch::on("jobs", Sandbox::builder()).await;
    watch.poll().await;
    watch.advance();
    let new: BTreeSet<_> = (0..11_000).map(|_| watch.sandbox().insert("jobs", json!({}))).collect();
    let (created, updated) = watch.drain().await;
    assert_eq!((created.len(), updated.len()), (11_000, 0));
    assert_eq!(ids(&created).into_iter().collect::<BTreeSet<_>>(), new);
    assert!(watch.state.unwrap().to_string().len() < 200_000);
}

#[tokio::test]
async fn the_past_is_delivered_from_the_look_back_date_in_parts() {
    let mut watch = Watch::on("jobs", Sandbox::builder().records_of("jobs", 12_000)).await;
    watch.inputs["lookBackDate"] = json!("2025-03-01");
    let (created, updated, more) = watch.poll().await;
    assert!(more && created.len() + updated.len() <= 5_000);
    // Meanwhile one that was delivered changes, and one that was not.
    let (done, waiting) = (created[100].0, watch.sandbox().ids("jobs")[11_000]);
    watch.sandbox().update("jobs", done, json!({}));
    watch.sandbox().update("jobs", waiting, json!({}));
    let (rest, mut changed) = watch.drain().await;
    assert!(ids(&rest).contains(&waiting));
    assert_eq!(ids(&changed.split_off(changed.len() - 1)), [done]);
    let begun = |record: &Value, field: &str| record[field].as_str().unwrap() >= "2025-03-01";
    let jobs = watch.sandbox().ids("jobs").into_iter().map(|id| watch.sandbox().record("jobs", id).unwrap());
    let (mut new, mut old) = (BTreeSet::new(), BTreeSet::new());
    for job in jobs.filter(|job| begun(job, "modifiedOn")) {
        let list = if begun(&job, "createdOn") { &mut new } else { &mut old };
        list.insert(job["id"].as_i64().unwrap());
    }
    for (expected, parts) in [(new, [&created, &rest]), (old, [&updated, &changed])] {
        let delivered: Vec<_> = parts.into_iter().flat_map(ids).collect();
        assert_eq!(delivered.len(), expected.len());
        assert_eq!(delivered.into_iter().collect::<BTreeSet<_>>(), expected);
    }
    assert_eq!(watch.poll().await, (vec![], vec![], false));
}

#[tokio::test]
async fn what_a_toggle_hides_counts_as_seen() {
    let mut watch = Watch::on("jobs", Sandbox::builder()).await;
    watch.poll().await;
    watch.advance();
    let (new, old) = (watch.sandbox().insert("jobs", json!({})), watch.sandbox().ids("jobs")[0]);
    watch.sandbox().update("jobs", old, json!({}));
    let before = watch.state.clone();
    watch.inputs["showNewRecords"] = json!(false);
    assert_eq!(ids(&watch.poll().await.1), [old]);
    watch.inputs["showNewRecords"] = json!("true");
    assert_eq!(watch.poll().await, (vec![], vec![], false));
    watch.advance();
    watch.sandbox().update("jobs", new, json!({}));
    assert_eq!(ids(&watch.poll().await.1), [new], "it was new when it was hidden");
    watch.state = before;
    watch.inputs["showUpdatedRecords"] = json!(false);
    assert_eq!(ids(&watch.poll().await.0), [new]);
}

#[tokio::test]
async fn a_record_that_shows_up_late_is_delivered() {
    let mut watch = Watch::on("jobs", Sandbox::builder()).await;
    watch.poll().await;
    for _ in 0..5 {
        watch.sandbox().advance(Duration::from_mins(1));
        watch.sandbox().insert("jobs", json!({}));
    }
    assert_eq!(watch.poll().await.0.len(), 5);
    let late = json!({"createdOn": "2026-06-01T00:01:30Z", "modifiedOn": "2026-06-01T00:01:30Z"});
    let late = watch.sandbox().insert("jobs", late);
    assert_eq!(ids(&watch.poll().await.0), [late]);
    assert_eq!(watch.poll().await, (vec![], vec![], false));
}

#[tokio::test]
async fn a_time_that_is_still_to_come_hides_nothing() {
    let mut watch = Watch::on("jobs", Sandbox::builder()).await;
    let fast = watch.sandbox().insert("jobs", json!({"modifiedOn": "2026-06-03T00:00:00Z"}));
    watch.poll().await;
    watch.sandbox().update("jobs", fast, json!({"modifiedOn": "2026-06-04T00:00:00Z"}));
    assert_eq!(ids(&watch.poll().await.1), [fast]);
    watch.sandbox().advance(Duration::from_hours(1));
    let new = watch.sandbox().insert("jobs", json!({}));
    assert_eq!(ids(&watch.poll().await.0), [new]);
}

#[tokio::test]
async fn our_clock_decides_nothing() {
    for year in [1990_u64, 2019, 2060] {
        let mut watch = Watch::on("jobs", Sandbox::builder().records(0)).await;
        watch.sandbox().set_now(SystemTime::UNIX_EPOCH + Duration::from_hours((year - 1970) * 8_766));
        watch.sandbox().insert("jobs", json!({}));
        assert_eq!(watch.poll().await, (vec![], vec![], false));
        watch.advance();
        let new = watch.sandbox().insert("jobs", json!({}));
        assert_eq!(ids(&watch.poll().await.0), [new], "{year}");
    }
}

#[tokio::test]
async fn a_resource_without_records_begins_with_its_first() {
    for key in ["jobs", "technicians"] {
        let mut watch = Watch::on(key, Sandbox::builder().records(0).records_of("technicians", 0)).await;
        assert_eq!(watch.poll().await, (vec![], vec![], false));
        let new = watch.sandbox().insert(key, json!({}));
        assert_eq!(ids(&watch.poll().await.0), [new], "{key}");
    }
}

/// A small generator: the same numbers for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

#[tokio::test]
async fn whatever_happens_each_version_is_delivered_exactly_once() {
    for seed in 0..60 {
        let mut dice = Dice(seed);
        let key = ["jobs", "customers", "technicians"][usize::try_from(dice.below(3)).unwrap()];
        let page = u32::try_from(dice.below(6)).unwrap() + 2;
        let builder = Sandbox::builder().records(usize::try_from(dice.below(9)).unwrap()).largest_page(page);
        let mut watch = Watch::on(key, builder).await;
        let old: BTreeSet<_> = watch.sandbox().ids(key).into_iter().collect();
        watch.poll().await;
        // The latest version that was delivered, and whether it came as a new record.
        let mut delivered: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for step in 0..60 {
            act(&watch, key, &mut dice);
            if step % 7 == 0 || step == 59 {
                watch.sandbox().clear_drifts();
            }
            if dice.below(4) == 0 || step == 59 {
                let (created, updated) = watch.drain().await;
                for (is_new, (id, at)) in
                    created.into_iter().map(|it| (true, it)).chain(updated.into_iter().map(|it| (false, it)))
                {
                    let versions = delivered.entry(id).or_default();
                    assert_eq!(is_new, versions.is_empty() && !old.contains(&id), "seed {seed}: {id} at {at}");
                    assert!(!versions.contains(&at), "seed {seed}: {id} at {at} came twice");
                    versions.push(at);
                }
            }
        }
        for id in watch.sandbox().ids(key) {
            let now = watch.sandbox().record(key, id).unwrap()["modifiedOn"].as_str().unwrap().to_owned();
            let last = delivered.get(&id).and_then(|versions| versions.last());
            let untouched = old.contains(&id) && now.as_str() < "2026-06";
            assert!(untouched || last == Some(&now), "seed {seed}: {id} is at {now}, delivered {last:?}");
        }
    }
}

/// Something happens to the records, or to the clock.
fn act(watch: &Watch, key: &str, dice: &mut Dice) {
    let sandbox = watch.sandbox();
    let ids = sandbox.ids(key);
    let any = |dice: &mut Dice| ids.get(usize::try_from(dice.below(ids.len().max(1) as u64)).unwrap()).copied();
    match dice.below(10) {
        0..3 => {
            sandbox.insert(key, json!({}));
        }
        3..6 => {
            if let Some(id) = any(dice) {
                // A version is told from the one before by its time.
                sandbox.advance(Duration::from_millis(1));
                sandbox.update(key, id, json!({}));
            }
        }
        6 => {
            if let Some(id) = any(dice) {
                sandbox.remove(key, id);
            }
        }
        7 => sandbox.add_drift(Drift::change(key).every(2).times(6)),
        8 => sandbox.add_drift(Drift::delete(key).every(3).times(2)),
        _ => sandbox.advance(Duration::from_secs(dice.below(300))),
    }
}

#[tokio::test]
async fn a_look_back_date_is_a_day_that_has_begun() {
    let watch = Watch::on("jobs", Sandbox::builder()).await;
    for date in ["2026-02-30", "2026-1-1", "01/02/2026", "2026-01-01T09:00:00Z", "9999-01-01", "today"] {
        let mut inputs = watch.inputs.clone();
        inputs["lookBackDate"] = json!(date);
        let error = watch.ask(&inputs, None).await.unwrap_err();
        assert_eq!((error.code(), error.issues()[0].input.as_str()), (Code::InvalidInput, "lookBackDate"), "{date}");
    }
    for blank in ["", " \n"] {
        let mut inputs = watch.inputs.clone();
        inputs["lookBackDate"] = json!(blank);
        watch.ask(&inputs, None).await.unwrap();
    }
}

#[test]
fn its_reply_and_its_form_are_described() {
    let catalog = Catalog::registered();
    let entry = catalog.find(None, UnitKind::Trigger, "pollChangesTrigger").unwrap();
    assert_eq!(manifest::of_unit(entry, &Catalog::registered())["type"], "polling");
    let files = export::files(&catalog);
    let schema: Value = serde_json::from_str(&files["servicetitan/triggers/pollChangesTrigger.reply.json"]).unwrap();
    let reply = json!({"data": {"created": [{"id": 1}], "updated": []}, "state": {"version": 1}, "more": true});
    assert!(jsonschema::is_valid(&schema, &reply));
    assert!(
        !jsonschema::is_valid(&schema, &json!({"data": {"created": [], "updated": []}})),
        "a state is always there"
    );
}

#[tokio::test]
async fn a_long_catch_up_delivers_none_as_created_twice() {
    let mut watch = Watch::on("jobs", Sandbox::builder().records(20)).await;
    watch.poll().await;
    watch.advance();
    let new: Vec<_> = (0..16_000)
        .map(|number| {
            if number % 1_000 == 0 {
                watch.sandbox().advance(Duration::from_secs(1));
            }
            watch.sandbox().insert("jobs", json!({}))
        })
        .collect();
    let mut created = BTreeSet::new();
    let mut more = true;
    while more {
        let (delivered, _, waiting) = watch.poll().await;
        more = waiting;
        for id in ids(&delivered) {
            assert!(created.insert(id), "{id} was created twice");
        }
        // The first ones change before the last ones are delivered.
        watch.sandbox().advance(Duration::from_secs(1));
        watch.sandbox().update("jobs", new[5], json!({}));
    }
    assert_eq!(created.len(), new.len());
}

#[tokio::test]
async fn a_negative_id_of_the_first_moment_is_delivered() {
    let mut watch = Watch::on("jobs", Sandbox::builder().records(3)).await;
    watch.inputs["lookBackDate"] = json!("2026-06-01");
    let mut new = vec![watch.sandbox().insert("jobs", json!({"id": -5}))];
    assert_eq!(ids(&watch.poll().await.0), new);
    new.push(watch.sandbox().insert("jobs", json!({"id": -7})));
    assert_eq!(ids(&watch.poll().await.0), new[1..]);
    assert_eq!(watch.poll().await, (vec![], vec![], false));
}

#[tokio::test]
async fn a_state_survives_an_engine_with_floats_and_an_older_version() {
    let mut watch = Watch::on("jobs", Sandbox::builder()).await;
    watch.poll().await;
    let state = watch.state.clone().unwrap();
    for position in ["known", "floor"] {
        assert_ne!(state[position][1], json!(i64::MIN), "floats would change it");
    }
    // As it was written before ids could be negative.
    let mut older = state;
    let members = older.as_object_mut().unwrap();
    let (time, feed) = (members["floor"][0].clone(), members.remove("feed").unwrap());
    for (name, value) in [("resourceType", feed), ("known", json!([time, 0])), ("floor", json!([time, 0]))] {
        members.insert(name.to_owned(), value);
    }
    watch.state = Some(older);
    watch.advance();
    let new = watch.sandbox().insert("jobs", json!({}));
    assert_eq!(ids(&watch.poll().await.0), [new]);
}
