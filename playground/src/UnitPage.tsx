// A unit: what it is for, its form, and beside it the request, the reply and the code.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ConnectionRef, Failure, Invocation, Issue, Sent } from "./api";
import { invoke, loadSchema } from "./api";
import type { Unit } from "./catalog";
import { badge, schemaPath, words } from "./catalog";
import type { Option } from "./form/Combobox";
import type { FormState } from "./form/context";
import { FormContext } from "./form/context";
import type { FirstChoice } from "./form/examples";
import { withExamples } from "./form/examples";
import { FieldView, focusSoon, Members } from "./form/FieldView";
import type { Field, Source, Sources } from "./form/fields";
import { fieldsOf } from "./form/fields";
import type { Values } from "./form/values";
import { clean, cleanAll, locate, messageOf, start } from "./form/values";
import { isRecord } from "./json";
import { CodeView } from "./panel/CodeView";
import { Panel } from "./panel/Panel";
import type { Tab } from "./panel/Panel";
import { ReplyView } from "./panel/ReplyView";
import type { Ran } from "./panel/ReplyView";
import type { Checked, Lack } from "./panel/RequestView";
import { RequestView } from "./panel/RequestView";
import { Rich } from "./Rich";

/** How long to wait for more keys before the request is checked, in milliseconds. */
const PATIENCE = 250;

const SAFE = ["GET", "HEAD", "OPTIONS"];

interface Props {
  unit: Unit;
  sources: Sources;
  connection: ConnectionRef;
  sandbox: boolean;
  /** The values that a person put in earlier. */
  draft?: Values;
  onDraft(values: Values): void;
}

export function UnitPage(props: Props) {
  const { unit, sources } = props;
  const [fields, setFields] = useState<Field[] | null>(null);
  const [failure, setFailure] = useState("");
  useEffect(() => {
    const inputs = [...unit.inputs, ...(unit.lookupInputs ?? [])];
    loadSchema(schemaPath(unit)).then(
      (schema) => setFields(fieldsOf(schema, inputs, sources)),
      (error: unknown) => setFailure(String(error)),
    );
  }, [unit]);
  return (
    <article class="unit" data-unit={unit.key} data-ready={fields !== null}>
      <header class="unit-head">
        <p class="crumb">{unit.group}</p>
        <h1>{unit.label}</h1>
        <p class="about">
          <Rich text={unit.description} />
        </p>
        <p class="facts">
          <span class={`badge ${badge(unit)}`}>{badge(unit)}</span>
          <code>{unit.key}</code>
        </p>
        {unit.deprecated && (
          <p class="notice">
            Deprecated since {unit.deprecated.since}. {unit.deprecated.note}
          </p>
        )}
      </header>
      {failure && (
        <p class="fatal" role="alert">
          The form cannot be shown: {failure}
        </p>
      )}
      {fields && <Workbench {...props} fields={fields} />}
    </article>
  );
}

/** What a check or a run said, sorted by where it is to be read. */
function sorted(fields: Field[], values: Values, issues: Issue[]): { errors: Map<string, string>; lacks: Lack[] } {
  const errors = new Map<string, string>();
  const lacks = issues.map((issue): Lack => {
    const place = locate(fields, values, issue.input);
    const message = messageOf(issue);
    if (place && !errors.has(place.path)) errors.set(place.path, message);
    // What no field on the page holds is said in full.
    const isMissing = issue.code === "required";
    return place ? { ...place, message, isMissing } : { path: "", label: "", message: issue.message, isMissing };
  });
  return { errors, lacks };
}

/** The service's own words about fields, as issues: `{"customerId": ["…"]}`. */
function issuesOf(error: Failure): Issue[] {
  const said = isRecord(error.errors) ? Object.entries(error.errors) : [];
  const path = (name: string) =>
    name.replace(/^\$\.?/, "").replace(/(^|\.)([A-Z])/g, (_, dot, first) => dot + first.toLowerCase());
  const texts = (value: unknown) => (Array.isArray(value) ? value : [value]).map(String);
  const own = said.flatMap(([name, value]) =>
    texts(value).map((message) => ({ input: path(name), code: "rejected", message })),
  );
  return [...(error.issues ?? []), ...own];
}

function Workbench({ unit, connection, sandbox, draft, onDraft, fields }: Props & { fields: Field[] }) {
  const [values, setValues] = useState<Values>(() => draft ?? start(fields));
  const [touched, setTouched] = useState(new Set<string>());
  const [attempted, setAttempted] = useState(false);
  const [checked, setChecked] = useState<Checked | null>(null);
  const [errors, setErrors] = useState(new Map<string, string>());
  const [refused, setRefused] = useState(new Map<string, string>());
  const [ran, setRan] = useState<Ran | null>(null);
  const [running, setRunning] = useState<AbortController | null>(null);
  const [armed, setArmed] = useState(false);
  const [tab, setTab] = useState<Tab>("Request");
  const [expanded, setExpanded] = useState(false);
  const [state, setState] = useState<unknown>(undefined);
  const panel = useRef<HTMLDivElement>(null);

  const inputs = useMemo(() => cleanAll(fields, values), [fields, values]);
  const named = { [unit.kind]: unit.key, component: unit.component };
  const invocation: Invocation = {
    ...named,
    inputs: { connection, ...inputs },
    ...(state === undefined ? {} : { state }),
  };
  const text = JSON.stringify(invocation);

  const change = (next: Values) => {
    // What the service said holds for what it was sent.
    setRefused(new Map());
    setArmed(false);
    setValues(next);
    onDraft(next);
  };

  const show = (issues: Issue[], error?: Failure, request?: Sent): Checked => {
    const { errors, lacks } = sorted(fields, values, issues);
    setErrors(errors);
    const next = { request, lacks, error: issues.length === 0 ? error : undefined };
    setChecked(next);
    return next;
  };
  const check = async (signal: AbortSignal): Promise<Checked> => {
    const outcome = await invoke({ ...invocation, dryRun: true }, signal);
    if (outcome.ok) return show([], undefined, outcome.reply.data as Sent);
    return show(outcome.error.issues ?? [], outcome.error);
  };
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => check(abort.signal).catch(() => undefined), checked ? PATIENCE : 0);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text]);

  const run = async () => {
    setAttempted(true);
    const now = await check(new AbortController().signal);
    const first = now.lacks.find((lack) => lack.path !== "");
    if (!now.request) {
      setTab("Request");
      if (first) focusSoon(first.path);
      return;
    }
    const writes = unit.effect !== "read" && !SAFE.includes(now.request.method);
    if (writes && !sandbox && !armed) return setArmed(true);
    setArmed(false);
    setTab("Reply");
    const abort = new AbortController();
    setRunning(abort);
    const began = performance.now();
    try {
      const outcome = await invoke(invocation, abort.signal);
      const took = performance.now() - began;
      const issues = outcome.ok ? [] : issuesOf(outcome.error);
      const { errors, lacks } = sorted(fields, values, issues);
      setRefused(errors);
      const label = (lack: Lack) => lack.label;
      const atFields = [...new Set(lacks.filter((lack) => lack.path !== "").map(label))];
      setRan({
        outcome,
        took,
        atFields,
        others: lacks.filter((lack) => lack.path === "").map(({ message }) => message),
      });
      if (outcome.ok && unit.kind === "trigger") setState(outcome.reply.state);
      panel.current?.scrollIntoView({ block: "nearest" });
    } catch {
      // It was stopped by hand.
    } finally {
      setRunning(null);
    }
  };

  const byKey = (key: string) => fields.find((field) => field.key === key);
  const sourceInputs = (source: Source, from = values): Values => {
    const keys = [...source.needs, ...source.narrowedBy];
    const given = keys.map((key) => [key, byKey(key) && clean(byKey(key)!, from[key])] as const);
    return Object.fromEntries(given.filter(([, value]) => value !== undefined));
  };
  const choices = (source: Source, more: Record<string, unknown>, from = values) =>
    invoke({
      dataSource: source.key,
      component: unit.component,
      inputs: { connection, ...sourceInputs(source, from), ...more },
    });
  const fillIn = async () => {
    const first: FirstChoice = async (source, from) => {
      const outcome = await choices(source, { limit: 1 }, from);
      return outcome.ok ? (outcome.reply.result as Option[])[0]?.key : undefined;
    };
    change(await withExamples(fields, values, first));
  };
  const form: FormState = {
    values,
    errors: new Map([...errors, ...refused]),
    isTouched: (path) => attempted || refused.has(path) || touched.has(path),
    touch: (path) => setTouched((known) => (known.has(path) ? known : new Set([...known, path]))),
    canClear: unit.effect === "update",
    choices,
    missing: (source) =>
      source.needs
        .filter((key) => sourceInputs(source)[key] === undefined)
        .map((key) => byKey(key)?.label ?? words(key)),
    sourceKey: (source) => JSON.stringify([connection, sourceInputs(source)]),
  };
  const isReal = unit.effect !== "read" && !sandbox;
  const target = typeof connection === "string" ? connection : "your connection";
  const action = unit.kind === "trigger" ? (state === undefined ? "Poll" : "Poll again") : "Run";
  const main = fields.filter((field) => field.required);
  const optional = fields.filter((field) => !field.required);
  const mainView = (field: Field) => (
    <FieldView
      key={field.key}
      field={field}
      path={field.key}
      value={values[field.key]}
      onChange={(value) => change({ ...values, [field.key]: value })}
    />
  );
  return (
    <FormContext.Provider value={form}>
      <div class={`bench ${expanded ? "expanded" : ""}`}>
        <form
          class="form"
          aria-label={unit.label}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void run();
          }}
        >
          {main.length > 0 && <div class="members">{main.map(mainView)}</div>}
          {optional.length > 0 && (
            <section class="optional">
              <h2>Optional inputs</h2>
              <Members fields={optional} path="" values={values} onChange={change} />
            </section>
          )}
          <div class="actions">
            <button type="submit" class={`primary ${armed ? "armed" : ""}`} disabled={running !== null}>
              {armed ? `Confirm: ${unit.effect} in ${target}` : running ? "Running…" : action}
            </button>
            {sandbox && !armed && checked?.lacks.some(({ isMissing }) => isMissing) && (
              <button type="button" class="quiet" onClick={() => void fillIn()}>
                Fill in examples
              </button>
            )}
            {running && unit.effect === "read" && (
              <button type="button" class="quiet" onClick={() => running.abort()}>
                Stop
              </button>
            )}
            {armed && (
              <button type="button" class="quiet" onClick={() => setArmed(false)}>
                Cancel
              </button>
            )}
            <span class="muted" role="status">
              {armed ? "This changes real data." : isReal ? `Writes to ${target}; asks once more.` : ""}
            </span>
            <button
              type="button"
              class="link reset"
              onClick={() => {
                change(start(fields));
                setTouched(new Set());
                setAttempted(false);
                setState(undefined);
                setRan(null);
                setTab("Request");
              }}
            >
              Start over
            </button>
          </div>
        </form>
        <div class="aside" ref={panel}>
          <Panel tab={tab} onTab={setTab} expanded={expanded} onExpand={setExpanded}>
            {tab === "Request" && <RequestView checked={checked} onGoTo={focusSoon} />}
            {tab === "Reply" && <ReplyView ran={ran} running={running !== null} />}
            {tab === "Code" && (
              <CodeView
                shown={{ invocation: shownOf(unit, invocation, sandbox), kind: unit.kind, sandbox }}
                isIncomplete={checked !== null && checked.lacks.length > 0}
              />
            )}
          </Panel>
        </div>
      </div>
    </FormContext.Provider>
  );
}

/** The invocation to copy: it names its connection, and never holds one. */
function shownOf(unit: Unit, invocation: Invocation, sandbox: boolean): Invocation {
  const { connection, ...inputs } = invocation.inputs;
  const name = typeof connection === "string" ? connection : "main";
  const { component, ...rest } = invocation;
  return {
    ...(unit.isAmbiguous ? { component } : {}),
    ...rest,
    inputs: sandbox ? inputs : { connection: name, ...inputs },
  };
}
