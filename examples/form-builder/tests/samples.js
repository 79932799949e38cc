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

const files = readdirSync(new URL("tests/samples/", repository));
export const samples = Object.assign({}, ...files.map((file) => read(`tests/samples/${file}`)));

/** What a unit can be sent with only what it requires, and with everything. */
export function inputsOf(unit) {
  if (unit.kind === "action") {
    const { required, optional } = samples[unit.key];
    return [required, { ...required, ...optional }].map((inputs) => canonical(unit, inputs));
  }
  if (unit.kind === "trigger") return [{ resourceType: "jobs" }, { resourceType: "jobs", showNewRecords: true, lookBackDate: "2026-01-01" }];
  if (unit.kind === "dataSource") {
    const own = unit.inputs.some((input) => input.key === "customerId") ? { customerId: "10978752986" } : {};
    return [own, { ...own, search: "a", limit: "5" }];
  }
  const fields = { applicationKey: "ak1.x", clientId: "cid.x", clientSecret: "cs1.x", environment: "integration", tenant: "1097" };
  const tokenUrl = "https://auth-integration.servicetitan.io/connect/token";
  return [{ ...fields, tokenUrl }, { ...fields, tokenUrl, scopes: "" }];
}

/** People write `"TRUE"` and `50`; forms produce `true` and `"50"`. */
function canonical(unit, inputs) {
  const { properties } = schemaOf(unit, "inputs");
  const spelt = ([key, value]) => [key, spell(properties[key], value)];
  return Object.fromEntries(Object.entries(inputs).map(spelt).filter(([, value]) => value !== undefined));
}

function spell(schema, value) {
  if (value === "") return undefined;
  if (schema.oneOf) return schema.oneOf.find((one) => String(one.const).toLowerCase() === String(value).toLowerCase())?.const;
  if (schema.type === "boolean" && typeof value === "string") return value.toLowerCase() === "true";
  if (schema.type === "string" && typeof value !== "string") return String(value);
  if (schema.type === "array" && schema.items?.properties?.key && !Array.isArray(value)) {
    return Object.entries(value).map(([key, entry]) => ({ key, value: entry }));
  }
  if (schema.type === "array" && schema.items?.type === "string") return value.map((item) => spell(schema.items, item));
  return value;
}
