// Every form in the libraries that builders use, as those come: no widget, no validator and no option of our own.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { inputsOf, schemaOf, units } from "../../../examples/form-builder/tests/samples.js";
import { jsonForms } from "./jsonforms.js";
import { LIBRARIES, open } from "./library.js";
import { requestFor } from "./pipefit.js";
import { rjsf } from "./rjsf.js";
import { given, idsAtTop, LARGE, resolve, typed, withLargeIds } from "./schema.js";

const chosen = process.env.LIBRARY ? [process.env.LIBRARY] : Object.keys(LIBRARIES);
const REPRESENTATIVE = ["createJob", "createCustomer", "updateJob", "listJobs", "rawRequest", "pollChangesTrigger", "connection"];
const wanted = process.env.UNIT?.split(",");
const shown = units.filter(({ key }) => !wanted || wanted.includes(key));

/** What an untouched form may hold: defaults, and the empty frame of what has to be filled in. */
function left(root, named, data) {
  const schema = resolve(root, named);
  if (data === undefined || data === null || data === schema.default) return [];
  if (Array.isArray(data)) {
    const isFrame = schema.minItems === data.length;
    return isFrame ? data.flatMap((item) => left(root, schema.items, item)) : [data];
  }
  if (typeof data !== "object") return [data];
  return Object.entries(data).flatMap(([key, member]) => {
    const inside = schema.properties?.[key] ?? {};
    const isRequired = schema.required?.includes(key) || member === resolve(root, inside).default;
    const found = isRequired || member === null || member === undefined ? left(root, inside, member) : [member];
    return found.length ? [`${key}: ${JSON.stringify(member)}`] : [];
  });
}

// Two at a time, as there are cores.
describe("stock libraries", { concurrency: 2 }, () => {
  for (const name of chosen) {
    describe(name, { concurrency: 1 }, () => {
      let library;
      before(async () => {
        library = await open(name);
      });
      after(() => library?.close());

      /** Runs a check for every unit, and tells all that fail. */
      async function everyUnit(list, check) {
        const failures = [];
        for (const unit of list) {
          const schema = schemaOf(unit, "inputs");
          try {
            const hints = schemaOf(unit, library.hints);
            await library.show(schema, hints);
            const driver = (library.hints === "rjsf" ? rjsf : jsonForms)(library, schema, hints);
            await check(unit, schema, driver);
          } catch (error) {
            failures.push(`${unit.key}: ${error.message.split("\n").slice(0, 12).join("\n  ")}`);
          }
        }
        assert.equal(failures.length, 0, `${failures.length} of ${list.length}\n${failures.join("\n")}`);
      }

      /** Fills in the values, submits them, and compares what is sent with what is sent for the values themselves. */
      async function sends(unit, driver, values) {
        await driver.fill(unit.kind ? { connection: "sandbox", ...values } : values);
        await library.settled();
        const submitted = await library.submit();
        const { errors, data } = await library.form();
        assert.ok(submitted, `not submitted: ${JSON.stringify([await library.refused(), errors, data])}`);
        if (unit.kind) assert.equal(submitted.connection, "sandbox");
        const expected = requestFor(unit, values);
        assert.ok(expected.dryRun, `the sample is refused: ${JSON.stringify(expected)}`);
        assert.deepEqual(requestFor(unit, submitted), expected);
        return expected;
      }

      test("every form is shown, without a complaint", () =>
        everyUnit(shown, async (unit) => {
          const text = await library.text();
          const missing = unit.inputs.filter((input) => !input.hidden && !text.includes(input.label)).map(({ label }) => label);
          assert.deepEqual({ missing, complaints: library.complaints }, { missing: [], complaints: [] });
          assert.doesNotMatch(text, /No applicable|Unsupported field|Unknown field|unknown type/i);
        }));

      test("an untouched form holds its defaults and nothing else, and shows them", () =>
        everyUnit(shown, async (unit, schema, driver) => {
          const { data } = await library.form();
          assert.deepEqual(left(schema, schema, data), []);
          for (const [key, property] of Object.entries(schema.properties)) {
            const { default: value } = resolve(schema, property);
            if (value === undefined || unit.inputs.find((input) => input.key === key)?.hidden) continue;
            assert.equal(data[key], value, key);
            const box = await driver.input(key);
            const is = await box.evaluate((node) => (node.type === "checkbox" ? node.checked : `${node.value ?? ""} ${node.selectedOptions?.[0]?.text ?? node.textContent}`));
            if (typeof value === "boolean" && typeof is === "boolean") assert.equal(is, value, key);
            else assert.ok(String(is).toLowerCase().includes(String(value).toLowerCase()), `${key} shows ${is}`);
          }
        }));

      test("a form without what it requires is not submitted", () =>
        everyUnit(shown, async (unit, schema) => {
          const required = schema.required?.filter((key) => resolve(schema, schema.properties[key]).default === undefined) ?? [];
          const { errors } = await library.form();
          const missed = required.filter((key) => !errors.some(({ path }) => path === `/${key}` || path.startsWith(`/${key}/`)));
          assert.deepEqual(missed, [], JSON.stringify(errors));
          assert.equal(await library.submit(), undefined, "submitted");
        }));

      test("an id that is none is refused", () =>
        everyUnit(shown, async (unit, schema, driver) => {
          const keys = idsAtTop(schema);
          await driver.fill(Object.fromEntries(keys.map((key) => [key, "abc"])));
          const accepted = ({ errors }) => keys.filter((key) => !errors.some(({ path }) => path === `/${key}`));
          let form;
          for (let tries = 0; tries < 20 && (!form || accepted(form).length > 0); tries += 1) {
            await library.settled();
            form = await library.form();
          }
          assert.deepEqual(accepted(form), [], JSON.stringify(form.errors));
        }));

      test("a form with what it requires sends what it says", () =>
        everyUnit(shown.filter(({ key }) => !library.fillsFew || wanted || REPRESENTATIVE.includes(key)), (unit, _schema, driver) => sends(unit, driver, typed(inputsOf(unit)[0]))));

      test("a form with everything sends what it says, with ids above 2^53", () =>
        everyUnit(shown.filter(({ key }) => library.fillsAll || wanted || REPRESENTATIVE.includes(key)), async (unit, schema, driver) => {
          const hidden = new Set(unit.inputs.filter((input) => input.hidden).map(({ key }) => key));
          const all = typed(Object.fromEntries(Object.entries(inputsOf(unit).at(-1)).filter(([key]) => !hidden.has(key))));
          const values = withLargeIds(schema, schema, all);
          delete values.connection;
          if (library.takesText && values.fileData) values.fileData = values.fileData.map((part) => ({ ...part, value: "the text of a file" }));
          const request = await sends(unit, driver, values);
          if (JSON.stringify(values).includes(LARGE)) assert.ok(JSON.stringify(request).includes(LARGE), JSON.stringify(request));
        }));

      test("a time is submitted as it is shown, with its zone", () => {
        const isTime = (schema, property) => {
          const { format, description = "", title = "" } = given(schema, property);
          return format === "date-time" || (/time|UTC/i.test(title + description) && /Z|00:00/.test(given(schema, property).pattern ?? ""));
        };
        const timesOf = (schema) => Object.keys(schema.properties).filter((key) => isTime(schema, schema.properties[key]));
        const list = shown.filter((unit) => timesOf(schemaOf(unit, "inputs")).length > 0);
        assert.ok(wanted || list.length > 0);
        return everyUnit(list, async (_unit, schema, driver) => {
          for (const key of timesOf(schema)) {
            await driver.fill({ [key]: "2026-12-01T14:00:00Z" });
            await library.settled();
            const shownAs = await (await driver.input(key)).inputValue();
            assert.equal(shownAs, "2026-12-01T14:00:00Z", key);
            assert.equal((await library.form()).data[key], shownAs, key);
          }
        });
      });
    });
  }
});
