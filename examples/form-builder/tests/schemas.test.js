// Every schema compiles in strict mode, and every example and sample is valid.
import assert from "node:assert/strict";
import { test } from "node:test";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import { exported, inputsOf, read, schemaOf, units } from "./samples.js";

const ajv = addFormats(new Ajv({ strict: true, allErrors: true }));
ajv.addVocabulary(["x-dataSource", "x-dataSourceInputs", "x-dataSourceNarrowedBy", "x-expected", "x-format", "errorMessage"]);

function check(schema, values, name) {
  const validate = ajv.compile(schema);
  for (const value of values) assert.ok(validate(value), `${name}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value)}`);
}

test("the inputs of every unit", () => {
  assert.deepEqual(units.map(({ path }) => `${path}.inputs.json`).sort(), exported.filter((file) => file.endsWith(".inputs.json")).sort());
  for (const unit of units) {
    const connection = unit.key === "connection" ? {} : { connection: "sandbox" };
    check(schemaOf(unit, "inputs"), inputsOf(unit).map((inputs) => ({ ...connection, ...inputs })), unit.key);
  }
});

test("the replies of every action and trigger, with their examples", () => {
  const state = { trigger: { state: {} } };
  for (const unit of units.filter(({ kind }) => kind === "action" || kind === "trigger")) {
    check(schemaOf(unit, "reply"), [{ ...unit.example, ...state[unit.kind] }], unit.key);
  }
});

test("the envelope, the error and the invocation", () => {
  const error = { code: "not_found", message: "no such record", retryable: false };
  check(read("schemas/error.json"), [error], "error");
  check(read("schemas/envelope.json"), [{ error }, { data: {} }, { result: [{ key: "1", label: "One" }], truncated: true }], "envelope");
  assert.ok(!ajv.compile({ ...read("schemas/envelope.json"), title: "again" })({ data: {}, error }), "not both");
  check(read("schemas/invocation.json"), [{ action: "getJob", inputs: {} }], "invocation");
});

/** The scopes of all controls; what stands inside the entries of a list is theirs. */
function scopesIn({ scope, elements = [] }) {
  return [...(scope ? [scope] : []), ...elements.flatMap(scopesIn)];
}

test("the forms show every input that is not hidden, once", () => {
  for (const unit of units) {
    const scopes = [...new Set(scopesIn(schemaOf(unit, "ui")).map((scope) => scope.split("/")[2]))];
    const properties = Object.keys(schemaOf(unit, "inputs").properties);
    const hidden = unit.inputs.filter((input) => input.hidden).map((input) => input.key);
    assert.deepEqual(scopes.sort(), properties.filter((key) => !hidden.includes(key)).sort(), unit.key);
    assert.deepEqual(schemaOf(unit, "rjsf")["ui:order"].toSorted(), properties.sort(), unit.key);
  }
});
