// Runs the node in n8n, by webhooks. The sandbox imitates ServiceTitan.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { startN8n, startSandbox } from './engine.mjs';
import {
  actionNode,
  errorOf,
  executionsOf,
  nothing,
  publish,
  runAction,
  triggerNode,
  workflowOf,
} from './workflows.mjs';

const LONG_ID = '9007199254740993';
const ADDRESS = { street: '1 Main St', city: 'Glendale', state: 'CA', zip: '91201', country: 'USA' };
const CUSTOMER = {
  resource: 'customers',
  name: '={{ $json.name }}',
  address: '={{ $json.address }}',
  locations: '={{ $json.locations }}',
};
const TODAY = new Date().toISOString().slice(0, 10);
const RETRIES = { retryOnFail: true, maxTries: 3, waitBetweenTries: 100 };

/** The response to the first customer that is created is lost after it was created. */
const FAULTS = [{ kind: 'resetAfterCommit', method: 'POST', path: '/crm/v2/tenant/*/customers', times: 1 }];

let folder;
let sandbox;
let n8n;
let credential;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pipefit-n8n-faults-'));
  writeFileSync(join(folder, 'faults.json'), JSON.stringify(FAULTS));
  sandbox = await startSandbox('--faults', join(folder, 'faults.json'));
  n8n = await startN8n(sandbox);
  credential = await n8n.addCredential(sandbox.connection.fields);
});

after(async () => {
  await n8n?.stop();
  await sandbox?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const run = (action, parameters, items, settings) =>
  runAction(n8n, actionNode(credential, action, parameters, settings), items);
const customer = (name) => ({ name, address: ADDRESS, locations: [{ name, address: ADDRESS }] });

async function customersNamed(name) {
  const filters = { customQueryParams: { pairs: [{ key: 'name', value: name }] } };
  const { items } = await run('listCustomers', { resource: 'customers', optionalFields: filters });
  return items;
}

test('a write whose outcome is unknown is not sent again, though the node retries', async () => {
  const { id, status } = await run('createCustomer', CUSTOMER, [customer('Una Known')], RETRIES);
  assert.equal(status, 500);
  const error = await errorOf(n8n, id);
  assert.equal(error.name, 'NodeApiError');
  assert.match(error.description, /Look whether it happened before you run this again/);
  assert.equal((await customersNamed('Una Known')).length, 1);
});

test('a retry sends no write again that was done', async () => {
  const items = [customer('Rita Try'), { ...customer('Rita Fail'), address: '{}' }];
  const { id, status } = await run('createCustomer', CUSTOMER, items, RETRIES);
  assert.equal(status, 500);
  const error = await errorOf(n8n, id);
  assert.equal(error.name, 'NodeOperationError');
  assert.equal(error.context.itemIndex, 1);
  assert.match(error.message + error.description, /`address/);
  assert.equal((await customersNamed('Rita Try')).length, 1);
});

test('an error of the service keeps its words', async () => {
  const { id } = await run('getJob', { resource: 'jobs', jobId: { __rl: true, mode: 'id', value: '1' } });
  const error = await errorOf(n8n, id);
  assert.equal(error.name, 'NodeApiError');
  assert.equal(error.httpCode, '404');
  assert.match(error.message, /Job with id 1 was not found/);
  assert.match(error.description, /Request: GET .*\/jobs\/1/);
});

test('a long id keeps its digits, in and out', async () => {
  const { items } = await run('getJob', { resource: 'jobs', jobId: { __rl: true, mode: 'id', value: LONG_ID } });
  assert.equal(items[0].id, LONG_ID);
});

test('a list becomes one item for each record, or one page', async () => {
  const fields = { pageSize: '3', includeTotal: true };
  const { items: records } = await run('listJobs', { resource: 'jobs', optionalFields: fields });
  assert.equal(records.length, 3);
  const { items: pages } = await run('listJobs', {
    resource: 'jobs',
    optionalFields: { ...fields, splitIntoItems: false },
  });
  assert.equal(pages.length, 1);
  assert.equal(pages[0].data.length, 3);
  assert.ok(pages[0].totalCount > 3);
  const { items: all } = await run('listJobs', { resource: 'jobs', fetchAll: true });
  assert.equal(all.length, pages[0].totalCount);
});

test('items that fail go on if the node says so', async () => {
  const jobId = { __rl: true, mode: 'id', value: '={{ $json.jobId }}' };
  const items = [{ jobId: '1' }, { jobId: LONG_ID }, { jobId: 'x' }];
  const { items: made } = await run('getJob', { resource: 'jobs', jobId }, items, { onError: 'continueRegularOutput' });
  assert.deepEqual(
    made.map((item) => item.details?.code ?? item.id),
    ['not_found', LONG_ID, 'invalid_input'],
  );
  assert.equal(made[2].details.issues[0].input, 'jobId');
});

test('the program is started anew when it has ended', async () => {
  const [first, ...others] = programs();
  assert.deepEqual(others, [], 'one program serves all executions');
  process.kill(first, 'SIGKILL');
  const { items } = await run('listBusinessUnits', { resource: 'businessUnits' });
  assert.ok(items.length > 0);
  assert.notEqual(programs()[0], first);
});

test('a file is uploaded from an item, and downloaded into one', async () => {
  const bytes = Buffer.from([0, 159, 146, 150, 255]);
  const form = new FormData();
  form.append('plate', new Blob([bytes], { type: 'image/png' }), 'plate.png');
  const upload = { resource: 'installedEquipment', file: 'plate', fileName: 'plate.png' };
  const { call: send } = await publish(n8n, actionNode(credential, 'createInstalledEquipmentAttachment', upload), {
    responseData: 'firstEntryJson',
    binary: true,
  });
  const { path } = await (await send({ body: form })).json();
  assert.ok(path);
  const download = { resource: 'installedEquipment', path };
  const { call: fetchFile } = await publish(
    n8n,
    actionNode(credential, 'listInstalledEquipmentAttachments', download),
    {
      responseData: 'firstEntryBinary',
      responseBinaryPropertyName: 'data',
      binary: true,
    },
  );
  const response = await fetchFile({});
  assert.equal(response.headers.get('content-type'), 'image/png');
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytes);
});

test('a trigger delivers each change once', async () => {
  const look = { event: 'pollChangesTrigger', resourceType: 'customers', optionalFields: { lookBackDate: TODAY } };
  const every = {
    showNewRecords: true,
    showUpdatedRecords: true,
    pollTimes: { item: [{ mode: 'everyDay', hour: 3, minute: 0 }] },
  };
  const changes = triggerNode(credential, { ...look, ...every });
  const { id, versionId } = await n8n.api.post('/workflows', workflowOf('Changes', [changes, nothing]));
  await run('createCustomer', CUSTOMER, [customer('Faye Before')]);
  // n8n polls when a workflow is published.
  await n8n.api.post(`/workflows/${id}/activate`, { versionId });
  assert.ok((await changesOf(id, 1)).includes('created Faye Before'));
  await n8n.api.post(`/workflows/${id}/deactivate`);
  await run('createCustomer', CUSTOMER, [customer('Faye After')]);
  await n8n.api.post(`/workflows/${id}/activate`, { versionId });
  assert.deepEqual(await changesOf(id, 2), ['created Faye After']);
});

/** Returns the changes that a workflow was started with, the time after which it was started so many times. */
async function changesOf(id, times) {
  for (;;) {
    const executions = await executionsOf(n8n, id);
    if (executions.length >= times) {
      const [items] = executions[0].runData.Changes[0].data.main;
      return items.map(({ json: { change, record } }) => `${change} ${record.name}`);
    }
    await setTimeout(250);
  }
}

test('credentials are tested', async () => {
  const { fields } = sandbox.connection;
  assert.deepEqual(await n8n.testCredential(credential, fields), { status: 'OK', message: 'The connection works' });
  const wrong = await n8n.testCredential(credential, { ...fields, clientSecret: 'wrong' });
  assert.equal(wrong.status, 'Error');
  assert.match(wrong.message, /rejected the client id or the client secret/);
});

test('n8n asked no other host', () => assert.deepEqual(n8n.otherHosts(), []));

/** The ids of the programs that n8n has started. */
function programs() {
  const lines = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(n8n.pid)], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes('serve --stdio')).map((line) => Number.parseInt(line, 10));
}
