// Every unit in both libraries, in a browser: it renders, it refuses what lacks, and what is filled in is accepted.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { preview } from "vite";
import { inputsOf, units } from "./samples.js";

const LIBRARIES = ["rjsf", "jsonforms"];
let server, browser, page, origin;
let complaints = [];
let sent = [];

before(async () => {
  server = await preview({ root: new URL("..", import.meta.url).pathname, preview: { port: 0, host: "127.0.0.1" }, logLevel: "error" });
  origin = server.resolvedUrls.local[0];
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  page = await browser.newPage({ viewport: { width: 1200, height: 1000 } });
  page.setDefaultTimeout(10_000);
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => request.url().endsWith("/run") && sent.push(JSON.parse(request.postData())));
  await page.goto(origin);
});

after(async () => {
  await browser?.close();
  await server?.close();
});

async function show(unit, library) {
  complaints = [];
  sent = [];
  await page.goto(`${origin}#${unit.key}/${library}`);
  await page.locator(`main[data-unit="${unit.key}"][data-library="${library}"] form`).waitFor().catch((error) => assert.fail(`${unit.key}: ${error} ${complaints}`));
}

async function fill(inputs) {
  const values = { ...inputs };
  await page.locator("details.import summary").click();
  const box = page.getByLabel("Inputs as JSON");
  await box.fill(JSON.stringify(values));
  await box.blur();
}

const submit = () => page.getByRole("button", { name: "Run" }).click();
const reply = async () => JSON.parse(await page.getByLabel("Reply").textContent());

for (const library of LIBRARIES) {
  test(`every unit renders in ${library}, and enforces what it requires`, async () => {
    for (const unit of units) {
      await show(unit, library);
      const labels = await page.locator("form").innerText();
      for (const input of unit.inputs.filter((one) => !one.hidden)) {
        assert.ok(labels.includes(input.label), `${unit.key}: no ${input.label}`);
      }
      assert.doesNotMatch(labels, /No applicable|Unsupported field|Unknown field/i, unit.key);
      await fill({});
      await submit();
      const required = unit.inputs.filter((input) => input.required && !input.default && !input.hidden);
      const errors = page.locator(library === "rjsf" ? ".error-detail li, .text-danger" : "ul.validation_error li");
      await errors.first().waitFor();
      assert.ok((await errors.count()) >= required.length, `${unit.key}: ${await errors.count()} errors for ${required.length} inputs`);
      assert.deepEqual(sent.filter((invocation) => invocation[unit.kind] === unit.key), [], `${unit.key} was sent`);
      assert.deepEqual(complaints, [], unit.key);
    }
  });

  test(`every unit that is filled in with ${library} is accepted by the runner`, async () => {
    for (const unit of units.filter(({ kind }) => kind)) {
      for (const inputs of inputsOf(unit)) {
        await show(unit, library);
        await page.reload();
        await page.locator(`main[data-unit="${unit.key}"] form`).waitFor();
        await fill({ connection: "sandbox", ...inputs });
        await page.getByLabel("only show the request").check();
        await submit();
        await page.getByLabel("Reply").waitFor();
        const answer = await reply();
        assert.equal(answer.dryRun, true, `${unit.key}: ${JSON.stringify(answer)} for ${JSON.stringify(inputs)}`);
        assert.deepEqual(complaints, [], unit.key);
      }
    }
  });

  test(`a job is booked by hand in ${library}`, async () => {
    const unit = units.find(({ key }) => key === "getJob");
    await show(unit, library);
    const jobs = page.locator('select[data-source="selectJob"]');
    await jobs.locator("option").nth(3).waitFor({ state: "attached" });
    await jobs.selectOption("10978752986");
    await submit();
    await page.getByLabel("Reply").waitFor();
    assert.equal((await reply()).data.id, 10978752986);
  });

  test(`a dropdown waits for what it depends on in ${library}`, async () => {
    await show(units.find(({ key }) => key === "updateCustomerContact"), library);
    const contacts = page.locator('select[data-source="selectCustomerContact"]');
    await page.getByText("Choose customerId first.").waitFor();
    const customers = page.locator('select[data-source="selectCustomers"]');
    await customers.locator('option[value="10978752986"]').waitFor({ state: "attached" });
    await customers.selectOption("10978752986");
    await contacts.locator("option").nth(1).waitFor({ state: "attached" });
    assert.match(await contacts.locator("option").nth(1).textContent(), /: /);
  });
}

test("screenshots", { skip: !process.env.SCREENSHOTS }, async () => {
  for (const [key, library] of [["createJob", "rjsf"], ["createCustomer", "jsonforms"], ["connection", "rjsf"]]) {
    await show(units.find((unit) => unit.key === key), library);
    await page.screenshot({ path: `${process.env.SCREENSHOTS}/${key}-${library}.png`, fullPage: true });
  }
});
