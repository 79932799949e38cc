//! States: whatever a caller passes as the state of a trigger.

use pipefit::{Code, Invocation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Outcome;
use super::bench::{Bench, ensure};
use super::canaries;
use super::draw::Draw;
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

/// Makes up states.
pub(super) struct Maker {
    /// States that a poll returned.
    real: [(Trigger, Value); 2],
}

impl Maker {
    pub(super) fn new(bench: &Bench) -> Self {
        Self { real: [Trigger::Projects, Trigger::Things].map(|trigger| (trigger, first_state(bench, trigger))) }
    }

    /// Any JSON or, more often, a state that a poll returned with some members replaced by anything.
    pub(super) fn make(&self, draw: &mut Draw) -> Case {
        const MEMBERS: [&str; 9] =
            ["known", "floor", "seen", "delivered", "next", "account", "version", "resourceType", "other"];
        let (trigger, mut state) = draw.pick(&self.real).clone();
        if draw.one_in(7) {
            state = any_json_with_secrets(draw);
        } else {
            for _ in 0..draw.number(0..4) {
                state[*draw.pick(&MEMBERS)] = any_value(draw);
            }
        }
        Case { trigger, state, pages: draw.list(1..4, any_page) }
    }
}

/// A value of a member of a state: anything, a position, ids, or the ids of a moment.
fn any_value(draw: &mut Draw) -> Value {
    const IDS: [i64; 5] = [i64::MAX, i64::MIN, 0, 1, 7];
    const TIMES: [&str; 5] = [
        "-009999-01-02T00:00:00Z",
        "9999-12-30T22:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-01-01T00:00:01Z",
        "2026-01-01T00:00:01.999999999Z",
    ];
    let time = *draw.pick(&TIMES);
    match draw.number(0..6) {
        0 | 1 => json!([time, draw.pick(&IDS)]),
        2 => draw.list(0..5, |draw| *draw.pick(&IDS)).into(),
        3 => json!({time: draw.list(0..5, |draw| draw.number(0..9))}),
        _ => any_json_with_secrets(draw),
    }
}

fn any_page(draw: &mut Draw) -> Value {
    let time = |draw: &mut Draw| format!("2026-01-01T00:00:{:02}Z", draw.number(0..60));
    let records = draw.list(0..4, |draw| {
        let (id, created) = (draw.number(0..9), time(draw));
        let modified = draw.flag().then(|| time(draw));
        json!({
            "id": id, "key": id.to_string(), "createdOn": created, "made": created, "modifiedOn": modified,
            "touched": modified,
        })
    });
    json!({"hasMore": false, "data": records, "items": records, "meta": {"next": null}})
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
