import { Component, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { Values } from "./inputs.jsx";
import { JsonFormsForm } from "./JsonFormsForm.jsx";
import { RjsfForm } from "./RjsfForm.jsx";
import { formOf, manifest, run, units } from "./schemas.js";
import "./style.css";

const LIBRARIES = { rjsf: ["react-jsonschema-form", RjsfForm], jsonforms: ["JSON Forms", JsonFormsForm] };

/** What the page shows stands in its address: `#createJob/rjsf`. */
const shown = () => {
  const [key = "createJob", library = "rjsf"] = decodeURIComponent(location.hash.slice(1)).split("/").filter(Boolean);
  return { unit: units.find((unit) => unit.key === key) ?? units[1], library: library in LIBRARIES ? library : "rjsf" };
};

/** A form without what nobody filled in. */
const given = (value) => {
  if (Array.isArray(value)) return value.map(given);
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value).map(([key, member]) => [key, given(member)]);
  const kept = members.filter(([, member]) => member !== undefined && !(isObject(member) && !Object.keys(member).length));
  return Object.fromEntries(kept);
};
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

class Caught extends Component {
  state = {};
  static getDerivedStateFromError(error) {
    return { error };
  }
  render() {
    return this.state.error ? <pre role="alert">{String(this.state.error)}</pre> : this.props.children;
  }
}

function Unit({ unit, library }) {
  const [form, setForm] = useState();
  const [values, setValues] = useState(unit.kind === "connection" ? {} : { connection: "sandbox" });
  const [reply, setReply] = useState();
  const [dryRun, setDryRun] = useState(false);
  useEffect(() => {
    formOf(unit).then(setForm);
  }, [unit]);
  if (!form) return null;
  const submit = async (data) => {
    setReply(undefined);
    const inputs = given(data);
    if (unit.kind === "connection") return setReply({ connection: { key: manifest.connections[0].key, fields: inputs } });
    return setReply(await run({ [unit.kind]: unit.key, inputs, ...(dryRun && { dryRun }) }));
  };
  const Form = LIBRARIES[library][1];
  return (
    <main data-unit={unit.key} data-library={library}>
      <h1>{unit.label}{unit.deprecated && <em>deprecated</em>}</h1>
      <p>{unit.description ?? manifest.description}</p>
      <Values.Provider value={values ?? {}}>
        <Caught>
          <Form form={form} values={values} onChange={setValues} onSubmit={submit}>
            <div className="buttons">
              <button type="submit">Run</button>
              <label><input type="checkbox" checked={dryRun} onChange={(event) => setDryRun(event.target.checked)} /> only show the request</label>
            </div>
          </Form>
        </Caught>
      </Values.Provider>
      <details className="import">
        <summary>Inputs as JSON</summary>
        <textarea aria-label="Inputs as JSON" defaultValue={JSON.stringify(values, null, 2)} onBlur={(event) => setValues(JSON.parse(event.target.value))} />
      </details>
      {reply && <pre className={reply.error ? "reply error" : "reply"} aria-label="Reply">{JSON.stringify(reply, null, 2)}</pre>}
    </main>
  );
}

function Page() {
  const [{ unit, library }, setShown] = useState(shown);
  const [search, setSearch] = useState("");
  useEffect(() => {
    const follow = () => setShown(shown());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  const found = units.filter(({ key, label }) => `${key} ${label}`.toLowerCase().includes(search.toLowerCase()));
  return (
    <>
      <nav>
        <h2>Pipefit</h2>
        <div role="tablist">
          {Object.entries(LIBRARIES).map(([key, [name]]) => (
            <a key={key} role="tab" aria-selected={key === library} href={`#${unit.key}/${key}`}>{name}</a>
          ))}
        </div>
        <input type="search" placeholder="Find an action…" aria-label="Find" value={search} onChange={(event) => setSearch(event.target.value)} />
        <ul>
          {found.map(({ key, label, kind }) => (
            <li key={key}>
              <a href={`#${key}/${library}`} aria-current={key === unit.key || undefined}>{label}<small>{kind === "action" ? "" : kind}</small></a>
            </li>
          ))}
        </ul>
      </nav>
      <Unit key={`${unit.key}/${library}`} unit={unit} library={library} />
    </>
  );
}

createRoot(document.getElementById("app")).render(<Page />);
