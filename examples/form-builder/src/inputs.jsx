// What goes beyond the built-in inputs of both libraries: dropdowns from data sources, files, connections.
import { createContext, useContext, useEffect, useId, useState } from "react";
import { run } from "./schemas.js";

/** The values of the whole form, which a data source may need some of. */
export const Values = createContext({});

export function Picklist({ id, source, needs = [], narrowedBy = [], value, onChange, multiple = false }) {
  const values = useContext(Values);
  const [entries, setEntries] = useState([]);
  const [note, setNote] = useState("");
  const taken = [...needs, ...narrowedBy];
  const given = taken.map((key) => values[key]);
  const missing = needs.filter((_, index) => !given[index]);
  const asked = JSON.stringify(given);
  useEffect(() => {
    if (missing.length) {
      setEntries([]);
      setNote(`Choose ${missing.join(", ")} first.`);
      return undefined;
    }
    let current = true;
    setNote("");
    const inputs = { connection: "sandbox", ...Object.fromEntries(taken.map((key, index) => [key, given[index]])) };
    run({ dataSource: source, inputs }).then((reply) => {
      if (!current) return;
      setEntries(reply.result ?? []);
      setNote(reply.error?.message ?? (reply.truncated ? "There are more entries than are shown." : ""));
    });
    return () => {
      current = false;
    };
  }, [source, asked]);
  const chosen = multiple ? (value ?? []) : [value].filter(Boolean);
  const unknown = chosen.filter((key) => !entries.some((entry) => entry.key === key));
  const all = [...unknown.map((key) => ({ key, label: key })), ...entries];
  const change = (event) => {
    if (multiple) onChange(Array.from(event.target.selectedOptions, (option) => option.value));
    else onChange(event.target.value || undefined);
  };
  return (
    <div className="picklist">
      <select id={id} multiple={multiple} value={multiple ? chosen : (value ?? "")} onChange={change} data-source={source}>
        {!multiple && <option value="">Choose…</option>}
        {all.map(({ key, label }) => (
          <option key={key} value={key}>
            {label}
          </option>
        ))}
      </select>
      {note && <small className="note">{note}</small>}
    </div>
  );
}

export function ConnectionPicker({ id, value, onChange }) {
  return (
    <select id={id} value={value ?? ""} onChange={(event) => onChange(event.target.value || undefined)}>
      <option value="">Choose…</option>
      <option value="sandbox">Local sandbox</option>
    </select>
  );
}

export function FileInput({ id, value, onChange }) {
  const read = async (event) => {
    const [file] = event.target.files;
    if (!file) return onChange(undefined);
    const bytes = new Uint8Array(await file.arrayBuffer());
    const data = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    return onChange({ data, contentType: file.type || "application/octet-stream", fileName: file.name });
  };
  return (
    <div>
      <input id={id} type="file" onChange={read} />
      {value?.contentType && <small className="note">{`${value.fileName ?? "A file"}, ${value.contentType}`}</small>}
    </div>
  );
}

/** The template of a structured value, to look at: it is never a value itself. */
export function Template({ template }) {
  const id = useId();
  return (
    <details className="template" id={id}>
      <summary>Shape</summary>
      <pre>{JSON.stringify(template, null, 2)}</pre>
    </details>
  );
}
