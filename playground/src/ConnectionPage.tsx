// Connections: those that the server knows by name, and one that is filled in here.
import { useEffect, useState } from "preact/hooks";
import type { ConnectionRef, Connections, Finding } from "./api";
import { diagnose, loadSchema } from "./api";
import type { Catalog, Component } from "./catalog";
import type { FormState } from "./form/context";
import { FormContext } from "./form/context";
import { FieldView, focusSoon } from "./form/FieldView";
import type { Field } from "./form/fields";
import { fieldsOf } from "./form/fields";
import type { Values } from "./form/values";
import { cleanAll, join } from "./form/values";

interface Props {
  catalog: Catalog;
  connections: Connections;
  onUse(component: string, connection: ConnectionRef): void;
}

/** Nobody connects with the key of an example. */
const withoutExample = (field: Field): Field => ({ ...field, example: undefined });

export function ConnectionPage({ catalog, connections, onUse }: Props) {
  const { components, sandbox } = catalog;
  const [forms, setForms] = useState<Field[][]>([]);
  useEffect(() => {
    const load = async (component: Component) => {
      const schema = await loadSchema(`${component.key}/connection.inputs.json`);
      return fieldsOf(schema, component.connections[0]!.inputs, new Map()).map(withoutExample);
    };
    void Promise.all(components.map(load)).then(setForms);
  }, []);
  const several = components.length > 1;
  return (
    <article class="unit" data-unit="connection" data-ready={forms.length > 0}>
      <header class="unit-head">
        {!several && <p class="crumb">{components[0]?.label}</p>}
        <h1>{several ? "Connections" : "Connection"}</h1>
        <p class="about">
          {sandbox
            ? "All requests go to a sandbox in this process, with made-up data. Nothing leaves this machine."
            : "The account that requests are sent with."}
        </p>
      </header>
      {components.map((component, index) => (
        <section key={component.key} aria-label={component.label}>
          {several && <h2 class="component">{component.label}</h2>}
          <div class="bench">
            <div class="form">
              {catalog.connections.map((name) => (
                <Known
                  key={name}
                  name={name}
                  component={component.key}
                  isUsed={connections[component.key] === name}
                  onUse={() => onUse(component.key, name)}
                />
              ))}
            </div>
            <div class="form">
              <Own
                component={component}
                sandbox={sandbox}
                fields={forms[index] ?? []}
                connection={connections[component.key]}
                onUse={(connection) => onUse(component.key, connection)}
              />
            </div>
          </div>
        </section>
      ))}
    </article>
  );
}

interface KnownProps {
  name: string;
  component: string;
  isUsed: boolean;
  onUse(): void;
}

const Known = ({ name, component, isUsed, onUse }: KnownProps) => (
  <section class="card known">
    <div class="known-head">
      <h2>{name}</h2>
      {isUsed ? (
        <span class="badge used">in use</span>
      ) : (
        <button type="button" class="quiet small" onClick={onUse}>
          Use
        </button>
      )}
    </div>
    <Test component={component} connection={() => name} label={`Test ${name}`} />
  </section>
);

interface OwnProps {
  component: Component;
  sandbox: boolean;
  fields: Field[];
  connection?: ConnectionRef;
  onUse(connection: ConnectionRef): void;
}

/** A connection that is filled in here. */
function Own({ component, sandbox, fields, connection, onUse }: OwnProps) {
  const [values, setValues] = useState<Values>(typeof connection === "object" ? connection.fields : {});
  const [attempted, setAttempted] = useState(false);
  const [touched, setTouched] = useState(new Set<string>());
  const pathOf = (field: Field) => join(component.key, field.key);
  const missing = fields.filter((field) => field.required && !values[field.key]);
  const form: FormState = {
    values,
    errors: new Map(missing.map((field) => [pathOf(field), "Required"])),
    isTouched: (path) => attempted || touched.has(path),
    touch: (path) => setTouched((known) => new Set([...known, path])),
    canClear: false,
    choices: () => Promise.reject(new Error("no field of a connection has a data source")),
    missing: () => [],
    sourceKey: () => "",
  };
  const filled = () => {
    setAttempted(true);
    if (missing[0]) focusSoon(pathOf(missing[0]));
    return missing.length === 0 ? { key: component.connections[0]!.key, fields: cleanAll(fields, values) } : undefined;
  };
  return (
    <section class="card">
      <div class="known-head">
        <h2>Another connection</h2>
        {typeof connection === "object" && <span class="badge used">in use</span>}
      </div>
      <p class="help">
        {sandbox ? "It is tested against the sandbox, too. " : ""}
        It is kept in this page only, and forgotten when you close it.
      </p>
      <FormContext.Provider value={form}>
        <form aria-label="Another connection" noValidate onSubmit={(event) => event.preventDefault()}>
          <div class="members">
            {fields.map((field) => (
              <FieldView
                key={field.key}
                field={field}
                path={pathOf(field)}
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
