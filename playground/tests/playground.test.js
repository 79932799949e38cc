// The page in a browser, against a sandbox: what a person does with it, and what must not happen.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { action, open, pick, pipefit, rustc, serve, start } from "./playground.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const POLL = "servicetitan/trigger/pollChangesTrigger";
let play, page;

before(async () => {
  play = await start();
  page = await play.page();
});

after(() => play?.stop());

const run = (on = page) => on.getByRole("button", { name: "Run", exact: true }).click();
const field = (name, on = page) => on.getByLabel(name, { exact: true });
const startOver = () => page.getByRole("button", { name: "Start over" }).click();

/** The request as it is shown, once it is. */
async function body(on = page) {
  await on.getByRole("tab", { name: "Request" }).click();
  return JSON.parse(await on.locator("pre[aria-label=Body]").textContent());
}

/** The message that is tied to a control, for those who do not see it. */
async function message(control) {
  const ids = (await control.getAttribute("aria-describedby")).trim().split(/\s+/);
  return control
    .page()
    .locator(`[id="${ids.at(-1)}"]`)
    .textContent();
}

async function addInput(name) {
  const box = page.getByRole("combobox", { name: "Add an optional input" });
  await box.fill(name);
  await page.getByRole("option", { name }).first().click();
  // The page moves to the input that was added, which would close the dropdown.
  const element = await box.elementHandle().catch(() => null);
  await page.waitForFunction((box) => ![box, document.body].includes(document.activeElement), element);
}

async function fillJob() {
  await pick(page, "Customer", "10978752986");
  await pick(page, "Location", "10978752986");
  await pick(page, "Business Unit", "HVAC Install");
  for (const name of ["Job Type ID", "Campaign ID"]) {
    await page.getByRole("button", { name: `Use example for ${name}` }).click();
  }
  await page.locator('[id="in-priority"]').fill("Normal");
  await page.locator('[id="in-appointments[0].start"]').fill("2026-05-04T16:00");
  await page.locator('[id="in-appointments[0].end"]').fill("2026-05-04T18:00");
}

test("a job is booked from an empty page", async () => {
  await page.keyboard.press("/");
  await page.keyboard.type("create job");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Create Job" }).waitFor();
  await page.getByText("Still needed").waitFor();
  await fillJob();
  await page.getByText("Mon, May 4, 09:00 AM where you are (America/Los_Angeles)").waitFor();
  assert.deepEqual(await body(), {
    customerId: 10978752986,
    locationId: 10978752986,
    businessUnitId: 9007199254740992,
    jobTypeId: 10978752986,
    priority: "Normal",
    campaignId: 10978752986,
    appointments: [{ start: "2026-05-04T16:00:00Z", end: "2026-05-04T18:00:00Z" }],
  });
  const text = await page.locator("pre[aria-label=Body]").textContent();
  assert.match(text, /"businessUnitId": 9007199254740993\b/, "an id above 2^53 keeps its digits");
  await run();
  await page.locator(".done").waitFor();
  assert.match(await page.locator(".tree").textContent(), /jobStatus"Scheduled"/);
});

test("a newcomer books a job in three clicks", async () => {
  const fresh = await play.page();
  await fresh.locator(".home").getByRole("link", { name: "Create Job" }).click();
  await fresh.getByRole("button", { name: "Fill in examples" }).click();
  await fresh.locator("pre[aria-label=Body]").waitFor();
  assert.equal(await fresh.getByRole("button", { name: "Fill in examples" }).count(), 0);
  await run(fresh);
  await fresh.locator(".done").waitFor();
  assert.match(await fresh.locator(".tree").textContent(), /jobStatus"Scheduled"/);
  assert.deepEqual(fresh.complaints, []);
});

test("what is wrong stands at its field, nested too", async () => {
  await open(page, action("createJob"));
  await startOver();
  await page.getByText("Still needed").waitFor();
  assert.equal(await page.locator("form .error").count(), 0, "nothing is called wrong before one has been there");
  await run();
  const customer = page.getByRole("combobox", { name: "Customer" });
  assert.equal(await message(customer), "Required");
  assert.equal(await customer.getAttribute("aria-invalid"), "true");
  await page.waitForFunction(() => document.activeElement.id === "in-customerId");
  assert.equal(await message(page.locator('[id="in-appointments[0].end"]')), "Required");
  await field("Job Type ID").fill("five");
  await page.getByText("Expected an id: a whole number").first().waitFor();
  assert.match(await message(field("Job Type ID")), /^Expected an id/);
  await page.getByRole("button", { name: "Appointment 1 › Start" }).click();
  await page.waitForFunction(() => document.activeElement.id === "in-appointments[0].start");
});

test("what the service refuses stands at its field", async () => {
  await startOver();
  await fillJob();
  await field("Job Type ID").fill("1");
  await page.locator("pre[aria-label=Body]").waitFor();
  await run();
  await page.getByRole("alert").getByText("See Job Type ID.").waitFor();
  assert.match(await message(field("Job Type ID")), /does not exist/);
  await field("Job Type ID").fill("10978752986");
  assert.doesNotMatch(await message(field("Job Type ID")), /does not exist/, "it held for what was sent");
});

test("an optional part is sent only if a person filled it in", async () => {
  await open(page, action("updateCustomer"));
  await pick(page, "Customer", "10978752986");
  await addInput("Tag Type IDs");
  await addInput("Custom Fields");
  await addInput("Name");
  await field("Name", page).fill("Ann");
  await page.getByText('"name": "Ann"').waitFor();
  await page.getByRole("button", { name: "Remove Custom Fields" }).click();
  await page.locator("pre[aria-label=Body]").waitFor();
  await assertSoon(body, { name: "Ann" });
  await page.getByRole("button", { name: "Remove Tag Type ID 1" }).click();
  await assertSoon(body, { name: "Ann" });
  await page.getByRole("button", { name: "Empty the list at the service" }).click();
  await assertSoon(body, { tagTypeIds: [], name: "Ann" });
  await page.getByRole("button", { name: "Undo" }).click();
  await assertSoon(body, { name: "Ann" });
});

/** Compares what settles after a moment. */
async function assertSoon(read, expected) {
  const until = Date.now() + 5000;
  for (;;) {
    const found = await read();
    if (JSON.stringify(found) === JSON.stringify(expected) || Date.now() > until)
      return assert.deepEqual(found, expected);
    await page.waitForTimeout(50);
  }
}

test("a dropdown searches at the service, says when there is more, and labels what was saved", async () => {
  await open(page, action("getCustomer"));
  const box = page.getByRole("combobox", { name: "Customer" });
  await box.click();
  await page.getByText("The first 50 of more: type to search all.").waitFor();
  assert.equal(await page.getByRole("option").count(), 50);
  await box.fill("zzz");
  await page.getByText("Nothing found.").waitFor();
  await box.fill("10978752986");
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /\(ID: 10978752986\)$/.test(document.querySelector("input[role=combobox]").value));
  await open(page, action("getJob"));
  await open(page, action("getCustomer"));
  await page.waitForFunction(() => /\(ID: 10978752986\)$/.test(document.querySelector("input[role=combobox]").value));
});

test("a dropdown waits for what it depends on", async () => {
  await open(page, action("updateCustomerContact"));
  const contacts = page.getByRole("combobox", { name: "Customer Contact" });
  assert.ok(await contacts.isDisabled());
  assert.equal(await contacts.getAttribute("placeholder"), "Choose Customer first");
  await pick(page, "Customer", "10978752986");
  await contacts.click();
  await page.getByRole("option").first().click();
  assert.notEqual(await contacts.inputValue(), "");
});

test("suggested values are offered, and others are taken", async () => {
  await open(page, action("updateJob"));
  await pick(page, "Job", "10978752986");
  await addInput("Priority");
  const box = page.getByRole("combobox", { name: "Priority" });
  await box.click();
  await page.getByRole("option").first().waitFor();
  assert.deepEqual(await page.getByRole("option").allTextContents(), ["Low", "Normal", "High", "Urgent"]);
  await box.fill("ur");
  await page.getByRole("option", { name: "Urgent" }).click();
  await page.locator("pre[aria-label=Body]").waitFor();
  await assertSoon(body, { priority: "Urgent" });
  await box.fill("Rush");
  assert.equal(await page.getByRole("option").count(), 0);
  await assertSoon(body, { priority: "Rush" });
  await open(page, action("listJobs"));
  await page.getByRole("button", { name: "Custom Query Params" }).click();
  await pick(page, "Name 1", "jobst", "jobStatus");
  await field("Value 1").fill("Hold");
  await page.locator("dt", { hasText: "jobStatus" }).waitFor();
  await startOver();
});

/** Moves each part of a schema into its definitions, and leaves a reference with other texts in its place. */
function shared(schema) {
  const definitions = {};
  const move = (part, name) => {
    if (typeof part !== "object" || part === null) return part;
    const moved = Object.entries(part).map(([key, value]) => [key, move(value, `${name}/${key}`)]);
    if (Array.isArray(part)) return moved.map(([, value]) => value);
    const isSchema = [part.type, part.anyOf, part.allOf].some((one) => typeof one === "string" || Array.isArray(one));
    if (!isSchema) return Object.fromEntries(moved);
    const { title, description, "x-dataSource": source, ...rest } = Object.fromEntries(moved);
    const shared = { title: "Shared", description: "What is shared." };
    definitions[name] = { ...rest, ...shared, ...(source ? { "x-dataSource": "selectNothing" } : {}) };
    const reference = `#/definitions/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const own = { title, description, ...(source ? { "x-dataSource": source } : {}) };
    return { $ref: reference, ...own };
  };
  const properties = Object.entries(schema.properties).map(([key, part]) => [key, move(part, key)]);
  return {
    ...schema,
    properties: Object.fromEntries(properties),
    definitions: { ...schema.definitions, ...definitions },
  };
}

test("a schema with references gives the form that it gives without", async () => {
  const form = async (on, key) => {
    await open(on, action(key));
    await on.getByRole("button", { name: "Fill in examples" }).waitFor();
    for (const name of ["Contacts", "Unit"]) {
      const chip = on.locator(".chip", { hasText: name }).first();
      if (await chip.isVisible()) await chip.click();
    }
    return on.locator("form").innerText();
  };
  const [plain, other] = [await play.page(), await play.page()];
  await other.route("**/api/schemas/**", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: shared(await response.json()) });
  });
  for (const key of ["createJob", "createCustomer"]) assert.equal(await form(other, key), await form(plain, key));
  assert.deepEqual(other.complaints, []);
});

test("a flag that the schema has as text is a choice of yes and no", async () => {
  await open(page, action("createCustomer"));
  await addInput("Do Not Mail");
  const group = page.getByRole("radiogroup", { name: "Do Not Mail" });
  assert.equal(await group.locator("input:checked").count(), 0);
  assert.doesNotMatch(await code("JSON"), /doNotMail/);
  await group.getByRole("radio", { name: "No" }).check();
  await page.getByText('"doNotMail": "false"').waitFor();
  await page.getByRole("button", { name: "Remove Do Not Mail" }).click();
  assert.doesNotMatch(await code("JSON"), /doNotMail/);
  await page.getByRole("tab", { name: "Request" }).click();
});

test("a dropdown has only what belongs to what was chosen before", async () => {
  await open(page, action("createJob"));
  await startOver();
  await pick(page, "Customer", "Ada Baker");
  await page.getByRole("combobox", { name: "Location" }).click();
  await page.getByRole("option").first().waitFor();
  const names = await page.getByRole("option").allTextContents();
  const chosen = await page.getByRole("combobox", { name: "Customer" }).inputValue();
  const customerId = chosen.match(/ID: (\d+)/)[1];
  const invocation = { action: "listLocations", inputs: { connection: "sandbox", fetchAll: true } };
  const reply = await page.evaluate(async (body) => {
    const headers = { "content-type": "application/json" };
    return (await fetch("/api/invoke", { method: "POST", headers, body: JSON.stringify(body) })).json();
  }, invocation);
  const own = reply.data.data.filter((location) => String(location.customerId) === customerId);
  assert.deepEqual(names.sort(), own.map(({ name, id }) => `${name}${id}`).sort());
});

test("a structured value can be edited as JSON and back", async () => {
  await open(page, action("createCustomer"));
  await page.getByRole("button", { name: "Edit Address as JSON" }).click();
  const text = page.locator("[id=in-address]");
  await text.fill('{"street": "1 Main St", "latitude": 1.50');
  await page.getByRole("button", { name: "Edit Address as JSON" }).click();
  assert.ok(await text.isVisible(), "text that is no JSON stays");
  await text.fill('{"street": "1 Main St", "latitude": 1.50}');
  await page.getByRole("button", { name: "Edit Address as JSON" }).click();
  assert.equal(await page.locator('[id="in-address.street"]').inputValue(), "1 Main St");
  assert.equal(await page.locator('[id="in-address.latitude"]').inputValue(), "1.50");
});

test("a list is shown as a table, and as a tree with every digit", async () => {
  await open(page, action("listJobs"));
  await run();
  await page.locator("table").waitFor();
  assert.equal(await page.locator("tbody tr").count(), 50);
  assert.ok(await page.getByRole("cell", { name: "9007199254740993" }).first().isVisible());
  await page.getByRole("button", { name: "All fields of row 1", exact: true }).click();
  await page.locator(".whole .tree, .whole .branch").first().waitFor();
  await page.getByRole("button", { name: "Tree" }).click();
  assert.ok(await page.locator(".tree").isVisible());
});

test("a trigger goes on from the state of its last poll", async () => {
  await open(page, POLL);
  await field("Resource Type").selectOption("jobs");
  await page.getByRole("button", { name: "Poll", exact: true }).click();
  await page.getByRole("button", { name: "Poll again" }).click();
  await page.getByText("0 new, 0 updated").waitFor();
});

test("defaults are shown, and not sent", async () => {
  await open(page, POLL);
  const group = page.getByRole("radiogroup", { name: "Show New Records" });
  assert.ok(await group.getByRole("radio", { name: "Yes" }).isChecked());
  assert.doesNotMatch(await code("JSON"), /showNewRecords/);
  await page.getByRole("tab", { name: "Request" }).click();
});

test("a file is picked, and sent as base64", async () => {
  await open(page, action("createInstalledEquipmentAttachment"));
  await page
    .locator("input[type=file]")
    .setInputFiles({ name: "plate.png", mimeType: "image/png", buffer: Buffer.from("Hi!") });
  await page.getByText("3 bytes, image/png").waitFor();
  assert.match(await code("JSON"), /"fileName": "plate.png",\s+"contentType": "image\/png",\s+"data": "SGkh"/);
});

/** The code that is shown, in a language. */
async function code(language, on = page) {
  await on.getByRole("tab", { name: "Code" }).click();
  await on.getByRole("button", { name: language, exact: true }).click();
  return on.locator(".code-view pre").textContent();
}

const environment = { ...process.env, PATH: `${dirname(pipefit)}:${process.env.PATH}` };

/** Runs the code that is shown, in each language, in a folder; returns what it prints. */
async function runCode(folder, on = page) {
  const options = { cwd: folder, env: environment, encoding: "utf8" };
  const file = (name) => join(folder, name);
  for (const [name, language] of [
    ["run.sh", "Command line"],
    ["run.py", "Python"],
    ["run.mjs", "TypeScript"],
    ["run.rs", "Rust"],
  ])
    writeFileSync(file(name), await code(language, on));
  rustc(file("run.rs"), file("run"));
  const commands = [["bash", "run.sh"], ["python3", "run.py"], ["node", "run.mjs"], [file("run")]];
  return commands.map(([program, ...words]) => execFileSync(program, words, options));
}

const temporary = () => mkdtempSync(join(tmpdir(), "playground-"));

test("the code that is copied runs, in each language", async () => {
  await open(page, action("getJob"));
  await pick(page, "Job", "9007199254740993");
  assert.equal(JSON.parse(await code("JSON")).inputs.jobId, "9007199254740993");
  for (const output of await runCode(temporary())) assert.match(output, /jobStatus/);
});

test("the code that is copied names a file by its path", async () => {
  await open(page, action("createInstalledEquipmentAttachment"));
  await startOver();
  await field("File Name").fill("plate.png");
  const picture = { name: "it's a plate.png", mimeType: "image/png", buffer: Buffer.from("Hi!") };
  await page.locator("input[type=file]").setInputFiles(picture);
  await page.getByText("3 bytes, image/png").waitFor();
  for (const language of ["Command line", "Python", "TypeScript", "Rust"])
    assert.doesNotMatch(await code(language), /SGkh/, language);
  const folder = temporary();
  writeFileSync(join(folder, picture.name), picture.buffer);
  for (const output of await runCode(folder)) assert.match(output, /Images.+\.png/);
});

test("the Rust code that is copied compiles whatever the inputs are", async () => {
  await open(page, action("createJob"));
  await startOver();
  await fillJob();
  await field("Priority").fill('"\u0007\b\\ é😀');
  await addInput("Additional Fields");
  await page.getByRole("button", { name: "Edit Additional Fields as JSON" }).click();
  const many = Array.from({ length: 60 }, (_, index) => [`field "${index}"`, [10978752986, -5, 1.5, true, null, {}]]);
  const text = JSON.stringify(Object.fromEntries(many)).replace("{}", '{"a": 1.50, "b": 123456789012345678901}');
  await page.locator("[id=in-additionalFields]").fill(text);
  const source = join(temporary(), "main.rs");
  const compile = async (on = page) => {
    writeFileSync(source, await code("Rust", on));
    rustc(source);
  };
  await compile();
  await startOver();
  await open(page, POLL);
  await startOver();
  await field("Resource Type").selectOption("jobs");
  await page.getByRole("button", { name: "Poll", exact: true }).click();
  await page.getByRole("button", { name: "Poll again" }).waitFor();
  await compile();
  assert.match(await code("Rust"), /\.state\(json!/);
  await startOver();
});

test("a connection that is typed in is tested, and each finding says what to do", async () => {
  await open(page, "connection");
  await page.getByRole("button", { name: "Test sandbox" }).click();
  await page.getByText("The connection works.").waitFor();
  await page.getByRole("button", { name: "Test", exact: true }).click();
  assert.equal(await message(field("Application Key")), "Required");
  for (const name of ["Application Key", "Client ID", "Client Secret"]) await field(name).fill("wrong");
  await field("Tenant").fill("1097");
  await field("Environment").selectOption("integration");
  await field("Token URL").selectOption({ index: 2 });
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.getByText("The connection does not work.").waitFor();
  assert.ok(await page.locator(".findings .remedy").first().isVisible());
});

test("each of several components has its own connection", async () => {
  const other = await play.page();
  await other.route("**/api/catalog", async (route) => {
    const response = await route.fetch();
    const catalog = await response.json();
    const [first] = catalog.components;
    const second = { ...first, key: "second", label: "Second", dataSources: [], triggers: [] };
    await route.fulfill({ response, json: { ...catalog, components: [first, second] } });
  });
  await other.route("**/api/schemas/second/**", (route) =>
    route.continue({ url: route.request().url().replace("/second/", "/servicetitan/") }),
  );
  await other.reload();
  await open(other, "connection");
  const second = other.getByRole("region", { name: "Second", exact: true });
  const fill = async (name) => second.getByLabel(name, { exact: true }).fill("1097");
  for (const name of ["Application Key", "Client ID", "Client Secret", "Tenant"]) await fill(name);
  await second.getByLabel("Environment").selectOption("integration");
  await second.getByLabel("Token URL").selectOption({ index: 1 });
  await second.getByRole("button", { name: "Use this connection" }).click();
  const sent = async (route) => {
    const request = other.waitForRequest("**/api/invoke");
    await open(other, route);
    const { component, inputs } = (await request).postDataJSON();
    return [component, inputs.connection.fields?.clientId ?? inputs.connection];
  };
  assert.deepEqual(await sent("second/action/getJob"), ["second", "1097"]);
  assert.equal(JSON.parse(await code("JSON", other)).component, "second");
  const program = join(temporary(), "main.rs");
  writeFileSync(program, await code("Rust", other));
  assert.match(readFileSync(program, "utf8"), /component: Some\("second"/);
  rustc(program);
  assert.deepEqual(await sent(action("getJob")), ["servicetitan", "sandbox"]);
  assert.equal(await other.getByRole("heading", { name: "Second · Jobs" }).count(), 1);
  assert.deepEqual(other.complaints, []);
});

test("on a real connection a write asks once more", async () => {
  const { line, stop } = await serve(["sandbox"]);
  const { apiUrl, tokenUrl, connection } = JSON.parse(line);
  const folder = mkdtempSync(join(tmpdir(), "playground-"));
  const file = join(folder, "connections.json");
  writeFileSync(file, JSON.stringify({ main: connection }));
  chmodSync(file, 0o600);
  const real = await start("--connections", file, "--api-url", apiUrl, "--token-url", tokenUrl);
  try {
    const other = await real.page();
    await open(other, action("deleteAppointment"));
    await other.getByRole("combobox", { name: "Appointment" }).click();
    await other.getByRole("option").first().click();
    await run(other);
    await other.getByRole("button", { name: "Confirm: delete in main" }).waitFor();
    assert.equal(await other.locator(".done").count(), 0);
    await other.getByRole("button", { name: "Confirm: delete in main" }).click();
    await other.locator(".done, .banner").first().waitFor();
    const seen = await other.evaluate(async () => (await fetch("/api/catalog")).text());
    for (const secret of [connection.fields.clientSecret, connection.fields.applicationKey])
      assert.ok(!seen.includes(secret));
    await open(other, action("getJob"));
    await pick(other, "Job", "10978752986");
    const options = { cwd: folder, env: { ...environment, PIPEFIT_API_URL: apiUrl, PIPEFIT_TOKEN_URL: tokenUrl } };
    const output = execFileSync("bash", ["-c", await code("Command line", other)], options);
    assert.equal(JSON.parse(output).data.id, 10978752986);
    writeFileSync(join(folder, "main.rs"), await code("Rust", other));
    rustc(join(folder, "main.rs"));
    assert.deepEqual(other.complaints, []);
  } finally {
    await real.stop();
    stop();
  }
});

test("the page is used by the keyboard alone", async () => {
  const keys = await play.page();
  await keys.keyboard.press("/");
  await keys.keyboard.type("get customer");
  await keys.keyboard.press("ArrowDown");
  await keys.keyboard.press("Enter");
  await keys.locator('.unit[data-unit="getCustomer"][data-ready="true"]').waitFor();
  await keys.getByRole("combobox", { name: "Customer" }).focus();
  await keys.keyboard.press("ArrowDown");
  await keys.getByRole("option").first().waitFor();
  await keys.keyboard.press("ArrowDown");
  await keys.keyboard.press("Enter");
  await keys.locator(".request").waitFor();
  await keys.keyboard.press("Enter");
  await keys.locator(".done").waitFor();
  assert.deepEqual(keys.complaints, []);
});

test("every unit renders each of its inputs, without a console message", async () => {
  const catalog = await page.evaluate(async () => (await fetch("/api/catalog")).json());
  const [component] = catalog.components;
  const kinds = { action: component.actions, dataSource: component.dataSources, trigger: component.triggers };
  for (const [kind, units] of Object.entries(kinds)) {
    for (const unit of units) {
      await open(page, `servicetitan/${kind}/${unit.key}`);
      const text = await page.locator("form").innerText();
      for (const input of unit.inputs.filter((one) => one.required && one.type !== "connection")) {
        const label = input.label.replace(/ IDs?$/, "");
        assert.ok(text.includes(label), `${unit.key}: no ${label}`);
      }
      await page.locator(".request, .lacks").first().waitFor();
      if (await page.locator(".lacks").isHidden()) continue;
      await page.getByRole("button", { name: "Fill in examples" }).click();
      await page.locator(".request").waitFor();
    }
  }
  assert.deepEqual(page.complaints, []);
});

const VIEWS = {
  home: async () => undefined,
  createJob: async (on) => {
    await open(on, action("createJob"));
    await run(on);
    // The page moves to the first field with an error, which would close the dropdown.
    await on.locator("[aria-invalid=true]").first().waitFor();
    await on.getByRole("combobox", { name: "Location" }).click();
    await on.getByRole("option").first().waitFor();
  },
  createCustomer: async (on) => {
    await open(on, action("createCustomer"));
    await on.getByRole("button", { name: "Edit Address as JSON" }).click();
    await on.getByRole("button", { name: "Contacts" }).first().click();
  },
  listJobs: async (on) => {
    await open(on, action("listJobs"));
    await on.getByRole("button", { name: "Custom Query Params" }).click();
    await run(on);
    await on.locator("table").waitFor();
    await on.getByRole("combobox", { name: "Name 1" }).click();
  },
  tree: async (on) => {
    await on.keyboard.press("Escape");
    await on.getByRole("button", { name: "Tree" }).click();
  },
  rawRequest: async (on) => {
    await open(on, action("rawRequest"));
    await on.getByRole("tab", { name: "Code" }).click();
  },
  getJob: async (on) => {
    await open(on, action("getJob"));
    await on.getByRole("combobox", { name: "Job" }).fill("1");
    await on.getByRole("option", { name: "Use the id 1" }).click();
    await on.locator(".request").waitFor();
    await run(on);
    await on.getByRole("alert").waitFor();
  },
  updateJob: async (on) => open(on, action("updateJob")),
  file: async (on) => open(on, action("createInstalledEquipmentAttachment")),
  trigger: async (on) => open(on, POLL),
  connection: async (on) => {
    await open(on, "connection");
    await on.getByRole("button", { name: "Test sandbox" }).click();
    await on.locator(".findings").waitFor();
    await on.getByRole("button", { name: "Test", exact: true }).click();
  },
};

const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  narrow: { colorScheme: "light", viewport: { width: 400, height: 800 } },
};

for (const [look, options] of Object.entries(LOOKS)) {
  test(`axe finds nothing, and nothing is cut off: ${look}`, async () => {
    const on = await play.page({ ...options, bypassCSP: true });
    await on.evaluate(axe);
    for (const [name, show] of Object.entries(VIEWS)) {
      await show(on);
      const violations = await on.evaluate(async () => {
        const found = await globalThis.axe.run(document, { rules: { region: { enabled: true } } });
        return found.violations.map(
          ({ id, nodes }) =>
            `${id}: ${nodes
              .map(({ html }) => html)
              .slice(0, 3)
              .join(" ")}`,
        );
      });
      assert.deepEqual(violations, [], name);
      const [content, width] = await on.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(content <= width, `${name} is ${content} wide`);
      if (process.env.SCREENSHOTS) await on.screenshot({ path: `${process.env.SCREENSHOTS}/${name}-${look}.png` });
    }
    assert.deepEqual(on.complaints, []);
  });
}
