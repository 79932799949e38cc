// The inputs that the Rust tests send, in the spelling that forms produce.
import { readdirSync, readFileSync } from "node:fs";

const repository = new URL("../../../", import.meta.url);

export const read = (path) => JSON.parse(readFileSync(new URL(path, repository)));

export const manifest = read("schemas/servicetitan/component.json");

export const units = [
  { key: "connection", path: "connection", inputs: manifest.connections[0].inputs },
  ...manifest.actions.map((unit) => ({ ...unit, kind: "action", path: `actions/${unit.key}` })),
  ...manifest.dataSources.map((unit) => ({ ...unit, kind: "dataSource", path: `sources/${unit.key}` })),
  ...manifest.triggers.map((unit) => ({ ...unit, kind: "trigger", path: `triggers/${unit.key}` })),
];

export const schemaOf = (unit, kind) => read(`schemas/servicetitan/${unit.path}.${kind}.json`);

const filesBelow = (folder) => readdirSync(new URL(folder, repository), { recursive: true }).map((file) => file.replaceAll("\\", "/"));

/** The files of the exported schemas. */
export const exported = filesBelow("schemas/servicetitan/");

// As `tests/support/samples.rs` has it: samples stand beside the declarations, and what has none gets a derived one.
const component = "crates/servicetitan/src/";
const files = filesBelow(component).filter((file) => file.endsWith(".json"));
const written = Object.assign({}, ...files.filter((file) => file !== "inputs.json").map((file) => read(component + file)));
const shared = read(`${component}inputs.json`);

/** A schema without the wrapper of a list or a group that may be left out; what it refers to, if it is a reference. */
const inside = (root, schema) => {
  if (schema.$ref) return schema.$ref.split("/").slice(1).reduce((place, step) => place[step], root);
  if (schema.allOf && !schema.type) return inside(root, schema.allOf[0]);
  return schema.anyOf?.[0].type === "null" ? inside(root, schema.anyOf[1]) : schema;
};

const formatOf = (schema) => schema.format ?? schema["x-format"];

/** A value for an input: its example, else its template, else its first choice that is not blank, else a fixed one. */
function valueOf(unit, input) {
  if (shared[input.key] !== undefined) return shared[input.key];
  if (input.example === undefined && input.template !== undefined) return input.template;
  const choice = input.options?.find(({ value }) => value !== "")?.value;
  const fixed = { boolean: input.default ?? true, code: {}, data: { data: "iVBORw0KGgo=", contentType: "image/png" } };
  const formats = { date: "2026-02-03", "date-time": "2026-02-03T09:00:00Z", uuid: "6B29FC40-CA47-1067-B31D-00DD010662DA" };
  const root = schemaOf(unit, "inputs");
  const schema = inside(root, root.properties[input.key]);
  const one = input.example ?? choice ?? fixed[input.type] ?? formats[formatOf(schema.items ?? schema)] ?? "1";
  if (input.collection === "valuelist") return [one];
  if (input.collection === "keyvaluelist") return [{ key: one.split("=")[0], value: one.split("=")[1] ?? one }];
  return one;
}

function sampleOf(unit) {
  if (written[unit.key]) return written[unit.key];
  const inputs = (required) => unit.inputs.filter((input) => input.type !== "connection" && input.required === required);
  const valuesOf = (list) => Object.fromEntries(list.map((input) => [input.key, valueOf(unit, input)]));
  return { required: valuesOf(inputs(true)), optional: valuesOf(inputs(false)) };
}

/** What a unit can be sent with only what it requires, and with everything. */
export function inputsOf(unit) {
  if (unit.kind === "action") {
    const { required, optional } = sampleOf(unit);
    return [required, { ...required, ...optional }].map((inputs) => canonical(unit, inputs));
  }
  if (unit.kind === "trigger") return [{ resourceType: "jobs" }, { resourceType: "jobs", showNewRecords: true, lookBackDate: "2026-01-01" }];
  if (unit.kind === "dataSource") {
    const { required } = sampleOf(unit);
    return [required, { ...required, search: "a", limit: 5 }];
  }
  const fields = { applicationKey: "ak1.x", clientId: "cid.x", clientSecret: "cs1.x", environment: "integration", tenant: "1097" };
  const tokenUrl = "https://auth-integration.servicetitan.io/connect/token";
  return [{ ...fields, tokenUrl }, { ...fields, tokenUrl, scopes: "" }];
}

/** People write `"TRUE"` and `50`; forms produce `true` and `"50"`. */
function canonical(unit, inputs) {
  const root = schemaOf(unit, "inputs");
  const spelt = ([key, value]) => [key, value === "" ? undefined : spell(root, root.properties[key], value)];
  return Object.fromEntries(Object.entries(inputs).map(spelt).filter(([, value]) => value !== undefined));
}

function spell(root, described, value) {
  const schema = inside(root, described);
  const is = (type) => [schema.type].flat().includes(type);
  if (value === null) return value;
  if (schema.enum) return schema.enum.find((one) => String(one).toLowerCase() === String(value).toLowerCase()) || undefined;
  if (is("boolean") && typeof value === "string") return value.toLowerCase() === "true";
  if (is("string") && typeof value !== "string") return String(value);
  if (is("integer") && typeof value === "string") return Number(value);
  if (is("array") && schema.items?.properties?.key && !Array.isArray(value)) {
    return Object.entries(value).map(([key, entry]) => ({ key, value: entry }));
  }
  if (is("array") && Array.isArray(value)) return value.map((item) => spell(root, schema.items, item));
  if (is("object") && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, schema.properties?.[key] ? spell(root, schema.properties[key], member) : member]));
  }
  return value;
}
