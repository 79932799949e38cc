// The reply to a run: as a table if it is a list, as a tree, or what went wrong.
import { useState } from "preact/hooks";
import type { Failure, Outcome } from "../api";
import { words } from "../catalog";
import { format, isRecord } from "../json";
import { withoutTicks } from "../form/values";
import { CopyButton } from "./CopyButton";
import { Table } from "./Table";
import { Tree } from "./Tree";

export interface Ran {
  outcome: Outcome;
  /** How long it took, in milliseconds. */
  took: number;
  /** What is wrong with which field, by their labels; the rest of what the service said otherwise. */
  atFields: string[];
  others: string[];
}

export function ReplyView({ ran, running }: { ran: Ran | null; running: boolean }) {
  if (running)
    return (
      <p class="muted pad" role="status">
        Running…
      </p>
    );
  if (!ran) return <p class="muted pad">Run it, and the reply is shown here.</p>;
  return ran.outcome.ok ? (
    <Success reply={ran.outcome.reply} took={ran.took} />
  ) : (
    <Trouble ran={ran} error={ran.outcome.error} />
  );
}

interface List {
  title: string;
  rows: Record<string, unknown>[];
}

/** The lists of a reply: records, choices, or the changes that a trigger found. */
function listsOf(reply: Record<string, unknown>): List[] {
  const rows = (value: unknown) => (Array.isArray(value) && value.every(isRecord) ? value : undefined);
  const own = rows(reply.result) ?? rows(reply.data);
  if (own) return [{ title: "", rows: own }];
  if (!isRecord(reply.data)) return [];
  const { data, created, updated } = reply.data;
  const page = rows(data);
  if (page) return [{ title: "", rows: page }];
  const [fresh, changed] = [rows(created), rows(updated)];
  return fresh && changed
    ? [
        { title: "New", rows: fresh },
        { title: "Updated", rows: changed },
      ]
    : [];
}

function summary(reply: Record<string, unknown>, lists: List[]): string {
  const count = (list: List) =>
    `${list.rows.length} ${list.title ? list.title.toLowerCase() : list.rows.length === 1 ? "record" : "records"}`;
  const page = isRecord(reply.data) ? reply.data : {};
  const total = page.totalCount ? ` of ${String(page.totalCount)}` : "";
  const more = page.hasMore === true || reply.truncated === true || reply.more === true ? ", and there are more" : "";
  const existed = reply.existing === true ? "it existed already" : "";
  return [lists.map(count).join(", ") + total + more, existed].filter(Boolean).join(", ");
}

function Success({ reply, took }: { reply: Record<string, unknown>; took: number }) {
  const lists = listsOf(reply);
  const [asTree, setAsTree] = useState(false);
  const isTree = asTree || lists.length === 0;
  const shown = lists.length === 0 && isRecord(reply.data) && Object.keys(reply).length === 1 ? reply.data : reply;
  return (
    <div class="reply">
      <div class="pane-tools">
        {lists.length > 0 && (
          <div class="segments small" role="group" aria-label="View">
            {["Table", "Tree"].map((name) => (
              <button
                type="button"
                key={name}
                aria-pressed={(name === "Tree") === isTree}
                onClick={() => setAsTree(name === "Tree")}
              >
                {name}
              </button>
            ))}
          </div>
        )}
        <CopyButton text={format(reply)} label="Copy JSON" />
      </div>
      <p class="line done" role="status">
        <span class="mark ok" aria-hidden="true" />
        Done in {Math.round(took)} ms{lists.length > 0 && <span class="muted"> · {summary(reply, lists)}</span>}
      </p>
      {isTree && (
        <div class="tree">
          <Tree value={shown} open={2} />
        </div>
      )}
      {!isTree &&
        lists.map((list) => (
          <section key={list.title}>
            {list.title && <h3>{list.title}</h3>}
            {list.rows.length > 0 ? (
              <Table rows={list.rows} caption={list.title || "Records"} />
            ) : (
              <p class="muted pad">None.</p>
            )}
          </section>
        ))}
    </div>
  );
}

const TITLES: Record<string, string> = {
  invalid_input: "Some inputs are not right yet",
  invalid_connection: "The connection is not complete",
  unauthorized: "The service does not accept the credentials",
  forbidden: "The connection lacks the right to do this",
  forbidden_by_policy: "This playground may only read",
  not_found: "Not found",
  conflict: "The state of the record does not allow this",
  rejected: "The service refused the request",
  rate_limited: "Too many requests: try again in a moment",
  unavailable: "The service cannot be reached",
  timeout: "The service took too long",
  outcome_unknown: "It is not known whether this happened: check before you run it again",
};

function Trouble({ ran, error }: { ran: Ran; error: Failure }) {
  const text = withoutTicks(error.message.charAt(0).toUpperCase() + error.message.slice(1));
  const said = ran.atFields.length + ran.others.length > 0;
  return (
    <div class="reply">
      <div class="banner" role="alert">
        <h3>{TITLES[error.code] ?? words(error.code)}</h3>
        {!said && <p>{text}</p>}
        {ran.atFields.length > 0 && <p>See {ran.atFields.join(", ")}.</p>}
        {ran.others.length > 0 && (
          <ul>
            {ran.others.map((other) => (
              <li key={other}>{withoutTicks(other)}</li>
            ))}
          </ul>
        )}
        {typeof error.traceId === "string" && (
          <p class="muted">
            Trace id for the service's support: <code>{error.traceId}</code>
          </p>
        )}
      </div>
      <details class="pad">
        <summary>Details</summary>
        <div class="tree">
          <Tree value={error} open={2} />
        </div>
      </details>
    </div>
  );
}
