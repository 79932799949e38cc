// Builds a workflow with the node in Chromium, as a user does. SCREENSHOTS=FOLDER keeps a picture of every step.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { chromium, selectors } from 'playwright-core';

import { startN8n, startSandbox } from './engine.mjs';

const { SCREENSHOTS, CHROMIUM = '/usr/bin/chromium' } = process.env;
const JOB_TYPE = '10978753057';
const CAMPAIGN = '10978753010';

let sandbox;
let n8n;
let browser;
let page;

before(async () => {
  sandbox = await startSandbox();
  n8n = await startN8n(sandbox);
  await n8n.addCredential(sandbox.connection.fields);
  selectors.setTestIdAttribute('data-test-id');
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  await context.addCookies([{ ...n8n.api.cookie, url: n8n.url }]);
  await context.addInitScript((id) => localStorage.setItem('n8n-browserId', id), n8n.browserId);
  page = await context.newPage();
  page.setDefaultTimeout(20_000);
  // The page asks a package registry for the versions of each node that was added by hand.
  await page.route(
    (url) => url.origin !== n8n.url,
    (route) => route.abort(),
  );
  await page.goto(`${n8n.url}/workflow/new`);
});

after(async () => {
  await browser?.close();
  await n8n?.stop();
  await sandbox?.stop();
});

test('the panel of nodes shows the actions', async () => {
  await openActions('canvas-plus-button');
  const actions = page.getByTestId('item-iterator-item');
  assert.ok((await actions.count()) > 58, 'all actions, and the triggers of n8n');
  await picture('actions');
});

test('a list returns records, with all digits of their ids', async () => {
  await page.getByText('List jobs', { exact: true }).click();
  await addOptional('Page Size');
  await parameter('pageSize').locator('input').fill('2');
  await execute();
  await page.getByTestId('output-panel').getByText('9007199254740993').first().waitFor();
  assert.equal(await itemCount(), 2);
  await picture('list');
  await parameter('pageSize').locator('input').fill('1');
  await execute();
  await page.getByTestId('output-panel').getByText('1 item', { exact: true }).waitFor();
  await closeNode();
});

test('lists are filled from data sources, and narrowed by what was chosen', async () => {
  await openActions('canvas-handle-plus');
  await page.getByText('Create job', { exact: true }).click();
  await parameter('customerId').waitFor();
  await picture('create-blank');
  assert.deepEqual(await choose('customerId', 'Ada Baker'), ['Ada Baker (ID: 12500001029)']);
  assert.deepEqual(await choose('locationId', ''), ['Ada Baker (ID: 13000001029)']);
  const units = await choose('businessUnitId', 'comm', () => picture('choices'));
  assert.deepEqual(units, ['Commercial HVAC (ID: 12300000049)', 'Commercial Plumbing (ID: 12300000056)']);
});

test('what is wrong with the inputs is said', async () => {
  await parameter('jobTypeId').locator('input').fill('plumbing');
  await chooseFixed('priority', 'High');
  await parameter('campaignId').locator('input').fill(CAMPAIGN);
  await write('appointments', '[{"start": "tomorrow", "end": "2026-02-03T11:00:00Z"}]');
  await execute();
  const error = page.getByTestId('output-panel');
  await error.getByText('2 inputs are not valid').first().waitFor();
  const text = await error.textContent();
  assert.match(text, /`?jobTypeId`? is `?plumbing`?/);
  assert.match(text, /appointments\[0\]\.start/);
  await picture('error');
});

test('a record is created', async () => {
  await parameter('jobTypeId').locator('input').fill(JOB_TYPE);
  await write('appointments', '[{"start": "2026-02-03T09:00:00Z", "end": "2026-02-03T11:00:00Z"}]');
  await addOptional('Summary');
  await parameter('summary').locator('input').fill('Furnace does not start');
  await execute();
  const output = page.getByTestId('output-panel');
  await output.getByTestId('node-run-status-success').waitFor();
  await output.getByTestId('radio-button-json').click();
  for (const value of ['12500001029', '13000001029', '12300000049', '"Furnace does not start"']) {
    await output.getByText(value).first().waitFor();
  }
  await picture('created');
  await closeNode();
  await page.getByTestId('zoom-to-fit').click();
  await picture('workflow');
});

test('several choices come from a data source, too', async () => {
  await openActions('canvas-handle-plus');
  const filled = page.waitForResponse((response) => response.url().includes('/dynamic-node-parameters/options'));
  await page.getByText('Assign technician to appointment', { exact: true }).click();
  await filled;
  await parameter('technicianIds').click();
  const options = page.getByRole('option').filter({ visible: true });
  await options
    .filter({ hasText: /\(ID: \d+\)/ })
    .first()
    .waitFor();
  assert.ok((await options.count()) > 1);
  await picture('several-choices');
  await page.keyboard.press('Escape');
});

test('the credentials hide the secret, and are tested', async () => {
  await page.getByTestId('credential-edit-button').click();
  const dialog = page.getByTestId('editCredential-modal');
  await dialog.getByText('Connection tested successfully').waitFor();
  assert.equal(
    await dialog.getByTestId('parameter-input-clientSecret').locator('input').getAttribute('type'),
    'password',
  );
  await picture('credentials');
});

test('a trigger shows what changed', async () => {
  await page.goto(`${n8n.url}/workflow/new`);
  await openActions('canvas-plus-button');
  await page.getByText('On new and updated records', { exact: true }).click();
  await chooseFixed('resourceType', 'Jobs');
  // The only optional field is added without a choice.
  await page.getByTestId('collection-parameter-add').click();
  await parameter('lookBackDate').locator('input').fill('2024-01-01');
  await execute();
  await page.getByTestId('output-panel').getByText('10 items').waitFor();
  await picture('trigger');
});

const parameter = (key) => page.getByTestId(`parameter-input-${key}`);

/** Opens the actions of the node in the panel, from a button that adds a node. */
async function openActions(button) {
  await page.getByTestId(button).last().click();
  await page.getByTestId('node-creator-search-bar').fill('servicetitan');
  await page.getByTestId('item-iterator-item').filter({ hasText: 'ServiceTitan' }).first().click();
  const action = page.getByText('Create job', { exact: true });
  // They are folded as long as the workflow has no trigger.
  const unfold = () => page.getByTestId('node-creator-category-item').filter({ hasText: 'Actions' }).click();
  await action.waitFor({ timeout: 2000 }).catch(unfold);
  await action.waitFor();
}

async function closeNode() {
  await page.getByTestId('ndv-close-button').click();
  await page.getByTestId('ndv').waitFor({ state: 'hidden' });
}

async function execute() {
  await page.getByTestId('node-execute-button').click();
  await page.getByTestId('node-execute-button').and(page.locator(':not([disabled])')).waitFor();
}

async function itemCount() {
  const text = await page.getByTestId('output-panel').getByTestId('run-data-item-count').textContent();
  return Number.parseInt(text, 10);
}

/** Searches a list, chooses its first entry, and returns what it showed. */
async function choose(key, search, look = () => {}) {
  await page.getByTestId(`resource-locator-${key}`).getByTestId('rlc-input').click();
  await page.getByTestId('rlc-search').filter({ visible: true }).fill(search);
  const entries = page.getByTestId('rlc-item').filter({ visible: true });
  await entries.filter({ hasText: search }).first().waitFor();
  if (search) await entries.filter({ hasNotText: search }).first().waitFor({ state: 'hidden' });
  const texts = await entries.allTextContents();
  await look();
  await entries.first().click();
  return texts.map((text) => text.trim());
}

async function chooseFixed(key, name) {
  await parameter(key).click();
  await page.getByRole('option', { name }).filter({ visible: true }).click();
}

async function addOptional(name) {
  await page.getByTestId('collection-parameter-add').click();
  await page
    .getByRole('option', { name, exact: true })
    .or(page.getByRole('menuitem', { name, exact: true }))
    .filter({ visible: true })
    .click();
}

/** Writes into an editor of code. It closes brackets and quotes by itself, but does not when text is pasted. */
async function write(key, text) {
  await parameter(key).locator('.cm-content').click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(text);
}

async function picture(name) {
  if (!SCREENSHOTS) return;
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}
