//! States: whatever a caller passes as the state of a trigger.

use pipefit::{Code, Invocation};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Outcome;
use super::bench::{Bench, ensure};
use super::canaries;
use super::server::Response;
use super::values::any_json_with_secrets;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Case {
    trigger: Trigger,
    state: Value,
    /// The pages that the service returns.
    pages: Vec<Value>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Trigger {
    Projects,
    Things,
}

/// Any JSON, or a state that a poll returned, or one that was right once, with some members replaced by anything.
pub(super) fn cases(bench: &Bench) -> impl Strategy<Value = Case> + use<> {
    let page = || {
        let records = vec((0..9_i64, 0..60_u8, proptest::option::of(0..60_u8)), 0..4).prop_map(|records| {
            let time = |second| format!("2026-01-01T00:00:{second:02}Z");
            let record = |(id, created, modified): (i64, u8, Option<u8>)| {
                let modified = modified.map(time);
                json!({
                    "id": id, "key": id.to_string(), "createdOn": time(created), "made": time(created),
                    "modifiedOn": modified, "touched": modified,
                })
            };
            records.into_iter().map(record).collect::<Value>()
        });
        records.prop_map(|records| json!({"hasMore": false, "data": records, "items": records, "meta": {"next": null}}))
    };
    let trigger = || select(vec![Trigger::Projects, Trigger::Things]);
    let real = [Trigger::Projects, Trigger::Things].map(|trigger| (trigger, first_state(bench, trigger)));
    let members = ["known", "floor", "seen", "delivered", "next", "account", "version", "resourceType", "other"];
    let ids = [i64::MAX, i64::MIN, 0, 1, 7];
    let times = [
        "-009999-01-02T00:00:00Z",
        "9999-12-30T22:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-01-01T00:00:01Z",
        "2026-01-01T00:00:01.999999999Z",
    ];
    let position = (select(times.to_vec()), select(ids.to_vec())).prop_map(|(time, id)| json!([time, id]));
    let list = vec(select(ids.to_vec()), 0..5).prop_map(Value::from);
    let seen = (select(times.to_vec()), vec(0..9_i64, 0..5)).prop_map(|(time, ids)| json!({time: ids}));
    let value = prop_oneof![2 => any_json_with_secrets(), 2 => position, 1 => list, 1 => seen];
    let changes = vec((select(members.to_vec()), value), 0..4);
    let nearly_right = (select(real.to_vec()), changes).prop_map(|((trigger, mut state), changes)| {
        for (member, value) in changes {
            state[member] = value;
        }
        (trigger, state)
    });
    let any = (trigger(), any_json_with_secrets());
    (prop_oneof![1 => any, 6 => nearly_right], vec(page(), 1..4)).prop_map(|((trigger, state), pages)| Case {
        trigger,
        state,
        pages,
    })
}

/// What the first poll returns as its state, while there are no records, filled in as after some records.
fn first_state(bench: &Bench, trigger: Trigger) -> Value {
    let page = json!({"hasMore": false, "data": [], "items": [], "meta": {"next": null}});
    bench.server.play(None, &[Response::ok(page.to_string())]);
    bench.invoke(bench.here(), trigger.poll(), false).unwrap().reply["state"].take()
}

impl Trigger {
    /// The secrets of its connection: of a token nobody knows before one is issued.
    fn secrets(self) -> &'static [&'static str] {
        match self {
            Self::Projects => &[canaries::APPLICATION_KEY, canaries::CLIENT_SECRET],
            Self::Things => &[canaries::SHELF_KEY],
        }
    }

    fn poll(self) -> Invocation {
        match self {
            Self::Projects => {
                let inputs = json!({"resourceType": "projects", "showNewRecords": true, "showUpdatedRecords": true});
                Invocation::trigger("pollChangesTrigger", inputs)
            }
            Self::Things => Invocation::trigger("watchThings", json!({"kind": "things"})),
        }
    }
}

impl Case {
    pub(super) fn check(&self, bench: &Bench) -> Outcome {
        let pages: Vec<_> = self.pages.iter().map(|page| Response::ok(page.to_string())).collect();
        bench.server.play(None, &pages);
        let mut ended = bench.invoke(bench.here(), self.trigger.poll().state(self.state.clone()), false)?;
        match ended.code {
            None => {
                // What a poll returns, the next poll accepts.
                let state = ended.reply["state"].take();
                bench.server.play(None, &pages);
                let next = bench.invoke(bench.here(), self.trigger.poll().state(state.clone()), false)?;
                ensure(next.code.is_none_or(|code| code == Code::BadReply), || {
                    format!("{state} came from a poll: {}", next.reply)
                })?;
            }
            Some(Code::InvalidRequest) => {
                ended.shows_none(self.trigger.secrets())?;
                let seen = bench.server.seen();
                ensure(seen == 0, || format!("{seen} requests before {}", ended.reply))?;
            }
            // The pages may be out of order.
            Some(Code::BadReply) => ended.shows_none(self.trigger.secrets())?,
            Some(_) => return Err(format!("neither continued nor refused: {}", ended.reply)),
        }
        Ok(ended.outcome())
    }
}
