// Connections: those that the server knows by name, and one that is filled in here.
import { useEffect, useState } from "preact/hooks";
import type { ConnectionRef, Finding } from "./api";
import { diagnose, loadSchema } from "./api";
import type { Catalog } from "./catalog";
import type { FormState } from "./form/context";
import { FormContext } from "./form/context";
import { FieldView, focusSoon } from "./form/FieldView";
import type { Field } from "./form/fields";
import { fieldsOf } from "./form/fields";
import type { Values } from "./form/values";
import { cleanAll } from "./form/values";

interface Props {
  catalog: Catalog;
  connection: ConnectionRef;
  onUse(connection: ConnectionRef): void;
}

export function ConnectionPage({ catalog, connection, onUse }: Props) {
  const component = catalog.components[0]!;
  const declared = component.connections[0]!;
  const [fields, setFields] = useState<Field[]>([]);
  const [values, setValues] = useState<Values>(typeof connection === "string" ? {} : connection.fields);
  const [attempted, setAttempted] = useState(false);
  const [touched, setTouched] = useState(new Set<string>());
  useEffect(() => {
    void loadSchema(`${component.key}/connection.inputs.json`).then((schema) =>
      // Nobody connects with the key of an example.
      setFields(fieldsOf(schema, declared.inputs, new Map()).map((field) => ({ ...field, example: undefined }))),
    );
  }, []);
  const missing = fields.filter((field) => field.required && !values[field.key]);
  const form: FormState = {
    values,
    errors: new Map(missing.map((field) => [field.key, "Required"])),
    isTouched: (path) => attempted || touched.has(path),
    touch: (path) => setTouched((known) => new Set([...known, path])),
    canClear: false,
    choices: () => Promise.reject(new Error("no field of a connection has a data source")),
    missing: () => [],
    sourceKey: () => "",
  };
  const filled = () => {
    setAttempted(true);
    if (missing[0]) focusSoon(missing[0].key);
    return missing.length === 0 ? { key: declared.key, fields: cleanAll(fields, values) } : undefined;
  };
  return (
    <article class="unit" data-unit="connection" data-ready={fields.length > 0}>
      <header class="unit-head">
        <p class="crumb">{component.label}</p>
        <h1>Connection</h1>
        <p class="about">
          {catalog.sandbox
            ? "All requests go to a sandbox in this process, with made-up data. Nothing leaves this machine."
            : "The account that requests are sent with."}
        </p>
      </header>
      <div class="bench">
        <div class="form">
          {catalog.connections.map((name) => (
            <section class="card known" key={name}>
              <div class="known-head">
                <h2>{name}</h2>
                {connection === name ? (
                  <span class="badge read">in use</span>
                ) : (
                  <button type="button" class="quiet small" onClick={() => onUse(name)}>
                    Use
                  </button>
                )}
              </div>
              <Test component={component.key} connection={() => name} label={`Test ${name}`} />
            </section>
          ))}
        </div>
        <div class="form">
          <section class="card">
            <h2>Another connection</h2>
            <p class="help">
              {catalog.sandbox ? "It is tested against the sandbox, too. " : ""}
              It is kept in this page only, and forgotten when you close it.
            </p>
            <FormContext.Provider value={form}>
              <form aria-label="Another connection" noValidate onSubmit={(event) => event.preventDefault()}>
                <div class="members">
                  {fields.map((field) => (
                    <FieldView
                      key={field.key}
                      field={field}
                      path={field.key}
                      value={values[field.key]}
                      onChange={(value) => setValues({ ...values, [field.key]: value })}
                    />
                  ))}
                </div>
                <Test
                  component={component.key}
                  connection={filled}
                  label="Test"
                  onUse={() => {
                    const own = filled();
                    if (own) onUse(own);
                  }}
                />
              </form>
            </FormContext.Provider>
          </section>
        </div>
      </div>
    </article>
  );
}

interface TestProps {
  component: string;
  /** Returns the connection to test, unless it lacks something. */
  connection(): ConnectionRef | undefined;
  label: string;
  onUse?(): void;
}

const WORDS = { ok: "OK", warning: "Warning", failed: "Failed", skipped: "Skipped" };

function Test({ component, connection, label, onUse }: TestProps) {
  const [findings, setFindings] = useState<Finding[] | null>(null);
  const [testing, setTesting] = useState(false);
  const test = async () => {
    const tested = connection();
    if (!tested) return;
    setTesting(true);
    setFindings(await diagnose(component, tested));
    setTesting(false);
  };
  const failed = findings?.filter(({ status }) => status === "failed").length ?? 0;
  return (
    <div class="test">
      <div class="actions">
        <button type="button" class={onUse ? "primary" : "quiet"} disabled={testing} onClick={() => void test()}>
          {testing ? "Testing…" : label}
        </button>
        {onUse && (
          <button type="button" class="quiet" onClick={onUse}>
            Use this connection
          </button>
        )}
        <span role="status" class="muted">
          {findings && !testing ? (failed === 0 ? "The connection works." : "The connection does not work.") : ""}
        </span>
      </div>
      {findings && (
        <ul class="findings" aria-label="Findings">
          {findings.map((finding) => (
            <li key={finding.key} class={finding.status}>
              <span class={`mark ${finding.status}`} aria-hidden="true" />
              <div>
                <strong>{finding.label}</strong> <span class="hidden">{WORDS[finding.status]}: </span>
                <span class="muted">{finding.message}</span>
                {finding.remedy && <p class="remedy">{finding.remedy}</p>}
              </div>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
