import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'node:test';
import { Pipefit, PipefitError } from 'pipefit';

import { file, folder, job, observed, program, sandbox, serve, slow } from './support.js';

/** Starts a client that is closed when the test is over. */
async function client(t, ...args) {
  const started = await Pipefit.start({ args });
  t.after(() => started.close({ cancel: true }));
  return started;
}

/** Starts a client that has its token, so that a call is sent at once. */
async function warmClient(t, fault) {
  const started = await client(t, ...(await sandbox({ faults: [fault] })));
  await started.action('listCustomers', { pageSize: 1 });
  return started;
}

const failsWith = (expected) => (error) => {
  assert.ok(error instanceof PipefitError, String(error));
  for (const [member, value] of Object.entries(expected)) assert.deepEqual(error[member], value, error.message);
  return true;
};

test('an empty variable names no program', async (t) => {
  const { PIPEFIT, PATH } = process.env;
  t.after(() => {
    for (const [name, value] of Object.entries({ PIPEFIT, PATH })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  Object.assign(process.env, { PIPEFIT: '', PATH: folder });
  await assert.rejects(Pipefit.start(), (error) => error.message.startsWith('cannot start `pipefit`: there is no such'));
});

test('units of every kind are run and described', async (t) => {
  const pipefit = await client(t, '--sandbox');
  const { data } = await pipefit.action('getJob', { jobId: 10978752986 });
  assert.equal(data.id, 10978752986);
  const created = await pipefit.action('createJob', job, { verify: true });
  assert.equal(created.data.summary, job.summary);
  assert.deepEqual(created.unapplied, []);
  const { result } = await pipefit.dataSource('selectJob', { limit: 3 });
  assert.equal(result.length, 3);
  const first = await pipefit.trigger('pollChangesTrigger', { resourceType: 'jobs' });
  const second = await pipefit.trigger('pollChangesTrigger', { resourceType: 'jobs' }, first.state);
  assert.deepEqual(second.data.created, []);

  const { components } = await pipefit.list();
  assert.deepEqual(components.map(({ key }) => key), ['servicetitan']);
  assert.equal((await pipefit.describe('getJob')).effect, 'read');
  assert.equal((await pipefit.describe({ key: 'selectJob', kind: 'dataSource' })).kind, 'dataSource');
  assert.equal((await pipefit.schema('getJob')).inputs.properties.jobId.type, 'string');
});

test('connections are named and tested', async (t) => {
  const pipefit = await client(t, ...(await sandbox()));
  assert.deepEqual(await pipefit.connections(), ['main']);
  assert.equal((await pipefit.testConnection('main')).ok, true);
  const { ok, findings } = await pipefit.testConnection('other');
  assert.deepEqual([ok, findings[0].code], [false, 'invalid_connection']);
});

test('errors have a code and the problems of the inputs', async (t) => {
  const pipefit = await client(t, '--sandbox');
  const wrong = pipefit.action('getJob', { jobId: 'soon' });
  await assert.rejects(wrong, failsWith({ code: 'invalid_input', retryable: false }));
  const { issues } = await wrong.catch((error) => error);
  assert.deepEqual(issues.map(({ input, code }) => [input, code]), [['jobId', 'invalid_value']]);
  await assert.rejects(pipefit.action('getJob', { jobId: '5' }), failsWith({ code: 'not_found', status: 404 }));
  await assert.rejects(pipefit.invoke({ action: 'getJobs' }), failsWith({ code: 'unknown_action' }));
  await assert.rejects(pipefit.invoke({ inputs: {} }), failsWith({ code: 'invalid_request' }));
});

test('a wait that the service names is handed on', async (t) => {
  const faults = [{ kind: 'tooManyRequests', retryAfter: '3600' }];
  const pipefit = await client(t, ...(await sandbox({ faults })));
  await assert.rejects(pipefit.action('getJob', { jobId: 1 }), failsWith({ code: 'rate_limited', retryAfterSeconds: 3600 }));
});

test('ids beyond 2^53 go out and come back with all digits', async (t) => {
  const pipefit = await client(t, '--sandbox');
  const customerId = 2n ** 63n - 1n;
  const reply = await pipefit.invoke({ action: 'createJob', inputs: { ...job, customerId }, dryRun: true });
  assert.equal(reply.data.body.customerId, customerId);
  assert.equal(reply.data.body.locationId, 10978752986);
});

test('a slow reader bounds the batches on their way', async (t) => {
  const { path, seen } = await observed(await serve(...(await sandbox({ records: 2000 }))));
  const pipefit = await Pipefit.connect(path);
  t.after(() => pipefit.close());
  const records = pipefit.records({ action: 'listJobs', inputs: { fetchAll: true } }, { batchSize: 20, credit: 3 });
  const sent = () => seen.toClient.filter(({ method }) => method === '$/progress').length;
  const ids = new Set();
  let read = 0;
  for await (const { id } of records) {
    ids.add(id);
    read += 1;
    if (read % 20 === 0) {
      await sleep(5);
      assert.ok(sent() <= read / 20 + 3, `${sent()} batches were sent when ${read} records were read`);
    }
  }
  assert.equal(ids.size, read);
  assert.ok(read > 300, `${read} records`);
  assert.equal(records.hasMore, false);
  assert.ok(sent() >= read / 20);
});

test('options that cannot be sent are refused before anything is', async (t) => {
  const { path, seen } = await observed(await serve(...(await sandbox())));
  const pipefit = await Pipefit.connect(path);
  t.after(() => pipefit.close());
  for (const options of [{ timeout: NaN }, { timeout: 0 }, { timeout: '5s' }, { grace: NaN }, { signal: 5 }]) {
    await assert.rejects(pipefit.action('createJob', job, options), TypeError, JSON.stringify(options));
  }
  await assert.rejects(pipefit.action('listJobs', { page: NaN }), { name: 'TypeError' });
  const list = { action: 'listJobs', inputs: {} };
  await assert.rejects(pipefit.records(list, { signal: 5 })[Symbol.asyncIterator]().next(), TypeError);
  for (const options of [{ batchSize: NaN }, { batchSize: 10_001 }, { credit: 0 }]) {
    assert.throws(() => pipefit.records(list, options), RangeError, JSON.stringify(options));
  }
  await pipefit.connections();
  assert.deepEqual(seen.toServer.map(({ method }) => method), ['connection.list']);
});

test('leaving a loop cancels its call', async (t) => {
  const { path, seen } = await observed(await serve(...(await sandbox({ records: 2000 }))));
  const pipefit = await Pipefit.connect(path);
  t.after(() => pipefit.close());
  const records = pipefit.records({ action: 'listJobs', inputs: { fetchAll: true } }, { batchSize: 10, credit: 2 });
  for await (const record of records) {
    assert.ok(record.id);
    break;
  }
  assert.ok(seen.toServer.some(({ method }) => method === '$/cancelRequest'));
  assert.equal(seen.toClient.at(-1).error.code, -32800);
  assert.ok(seen.toClient.filter(({ method }) => method === '$/progress').length <= 3);
  assert.equal(records.hasMore, undefined);
  assert.equal((await pipefit.action('getJob', { jobId: 10978752986 })).data.id, 10978752986);
});

test('one page and a data source are read in a loop', async (t) => {
  const pipefit = await client(t, '--sandbox');
  const page = pipefit.records({ action: 'listJobs', inputs: { pageSize: 3 } });
  let count = 0;
  for await (const record of page) count += record.id ? 1 : 0;
  assert.equal(count, 3);
  assert.equal(page.hasMore, true);
  for await (const entry of pipefit.records({ dataSource: 'selectJob', inputs: { limit: 1 } })) assert.ok(entry.label);
});

test('what goes wrong in a list ends its loop', async (t) => {
  const pipefit = await client(t, '--sandbox');
  const drain = async (records) => {
    for await (const record of records) assert.ok(record);
  };
  await assert.rejects(drain(pipefit.records({ action: 'listJobs', inputs: { pageSize: -1 } })), failsWith({ code: 'invalid_input' }));
  assert.throws(() => pipefit.records({ action: 'createJob', inputs: job }), failsWith({ code: 'invalid_request' }));
  const aborted = new AbortController();
  const records = pipefit.records({ action: 'listJobs', inputs: { fetchAll: true } }, { signal: aborted.signal });
  await assert.rejects(async () => {
    for await (const record of records) aborted.abort(record);
  }, failsWith({ code: 'cancelled' }));
});

test('a read is aborted at once', async (t) => {
  const pipefit = await client(t, ...(await sandbox({ faults: [slow('GET', 60_000)] })));
  const begun = Date.now();
  const call = pipefit.action('getJob', { jobId: 10978752986 }, { signal: AbortSignal.timeout(200) });
  await assert.rejects(call, failsWith({ code: 'cancelled' }));
  assert.ok(Date.now() - begun < 5000);
  await assert.rejects(pipefit.action('getJob', { jobId: 1 }, { signal: AbortSignal.abort() }), failsWith({ code: 'cancelled' }));
});

test('a call ends at its time limit', async (t) => {
  const pipefit = await client(t, ...(await sandbox({ faults: [slow('GET', 60_000)] })));
  await assert.rejects(pipefit.action('getJob', { jobId: 1 }, { timeout: 0.3 }), failsWith({ code: 'timeout' }));
});

test('a write that was done returns its reply after an abort', async (t) => {
  const pipefit = await warmClient(t, slow('POST', 2000));
  const { data } = await pipefit.action('createJob', job, { signal: AbortSignal.timeout(1000) });
  assert.equal(data.summary, job.summary);
});

test('a write whose response does not come in its grace has an unknown outcome', async (t) => {
  const pipefit = await warmClient(t, slow('POST', 60_000));
  const call = pipefit.action('createJob', job, { signal: AbortSignal.timeout(1000), grace: 0.2 });
  await assert.rejects(call, failsWith({ code: 'outcome_unknown', retryable: false }));
});

test('the death of the server ends all calls', async (t) => {
  const pid = `${folder}/pid`;
  const command = file(`#!/bin/sh\necho $$ > ${pid}\nexec "${program}" "$@"\n`, 0o700);
  const args = await sandbox({ faults: [slow('GET', 60_000), slow('POST', 60_000)] });
  const pipefit = await Pipefit.start({ command, args });
  t.after(() => pipefit.close());
  const read = pipefit.action('getJob', { jobId: 10978752986 });
  const write = pipefit.action('createJob', job);
  const list = (async () => {
    for await (const record of pipefit.records({ action: 'listJobs', inputs: {} })) assert.ok(record);
  })();
  const all = Promise.allSettled([read, write, list]);
  await sleep(300);
  process.kill(Number(readFileSync(pid, 'utf8')), 'SIGKILL');
  const [lostRead, lostWrite, lostList] = (await all).map(({ reason }) => reason);
  failsWith({ code: 'unavailable', retryable: true })(lostRead);
  failsWith({ code: 'unavailable', retryable: true })(lostList);
  failsWith({ code: 'outcome_unknown', retryable: false })(lostWrite);
  assert.match(lostWrite.message, /ended by SIGKILL/);
  await assert.rejects(pipefit.action('createJob', job), failsWith({ code: 'unavailable' }));
});

test('a program that is missing or cannot serve is named', async () => {
  const missing = Pipefit.start({ command: '/nowhere/pipefit' });
  await assert.rejects(missing, failsWith({ code: 'unavailable', retryable: false }));
  await assert.rejects(missing, /cannot start `\/nowhere\/pipefit`: there is no such program; install/);
  await assert.rejects(Pipefit.connect(`${folder}/nobody`), /cannot connect to .*ENOENT/);
  const babbler = file('#!/bin/sh\necho hello\nexec cat > /dev/null\n', 0o700);
  await assert.rejects(Pipefit.start({ command: babbler }), /a line that is not JSON/);
});

test('a program that refuses to start says what to change', async () => {
  const flag = Pipefit.start({ args: ['--sandbxo'] });
  await assert.rejects(flag, failsWith({ code: 'invalid_request', retryable: false }));
  await assert.rejects(flag, /ended with status 2: there is no flag `--sandbxo`; did you mean `--sandbox`\?$/);
  const connections = Pipefit.start({ args: ['--connections', `${folder}/none.json`] });
  await assert.rejects(connections, failsWith({ code: 'invalid_connection', retryable: false }));
  await assert.rejects(connections, /ended with status 3: cannot read the connections in .*none\.json: No such file/);
  const babbler = file('#!/bin/sh\necho "$(head -c 1500 /dev/zero | tr "\\0" x)" >&2\nexit 2\n', 0o700);
  await assert.rejects(Pipefit.start({ command: babbler }), ({ message }) => message.length < 1200);
});

test('two hundred calls run at once', async (t) => {
  const pipefit = await client(t, '--sandbox', '--rate', '0');
  const calls = Array.from({ length: 200 }, (_, at) => {
    return at % 2 ? pipefit.action('getJob', { jobId: 10978752986 }) : pipefit.describe('getJob');
  });
  for (const [at, reply] of (await Promise.all(calls)).entries()) {
    assert.equal(at % 2 ? reply.data.id : reply.key, at % 2 ? 10978752986 : 'getJob');
  }
});

test('closing waits for the calls in flight', async () => {
  const pipefit = await Pipefit.start({ args: await sandbox({ faults: [slow('POST', 1000)] }) });
  const write = pipefit.action('createJob', job);
  let read = 0;
  const list = (async () => {
    const records = pipefit.records({ action: 'listCustomers', inputs: { fetchAll: true } }, { batchSize: 5, credit: 1 });
    for await (const record of records) read += record.id ? 1 : 0;
  })();
  await pipefit.close();
  assert.equal((await write).data.summary, job.summary);
  await list;
  assert.ok(read > 50, `${read} records`);
  await assert.rejects(pipefit.connections(), failsWith({ code: 'unavailable', retryable: false, message: 'the client is closed; nothing was sent' }));
  await pipefit.close();
});

test('closing can cancel the calls in flight', async () => {
  const pipefit = await Pipefit.start({ args: await sandbox({ faults: [slow('GET', 60_000)] }) });
  const read = assert.rejects(pipefit.action('getJob', { jobId: 1 }), failsWith({ code: 'cancelled' }));
  await pipefit.close({ cancel: true });
  await read;
});

test('clients share a server at a socket', async () => {
  const path = await serve('--sandbox');
  const [one, other] = await Promise.all([Pipefit.connect(path), Pipefit.connect(path)]);
  const { data } = await one.action('createJob', job);
  await one.close();
  assert.equal((await other.action('getJob', { jobId: data.id })).data.summary, job.summary);
  await other.close();
});

test('a message that is too long is refused and disturbs no other', async (t) => {
  const pipefit = await client(t, ...(await sandbox({ faults: [slow('GET', 500)] })), '--message-limit', '4000');
  const read = pipefit.action('getJob', { jobId: 10978752986 });
  const long = pipefit.action('createJob', { ...job, summary: 'x'.repeat(5000) });
  await assert.rejects(long, failsWith({ code: 'invalid_request', message: 'the message has more than 4000 bytes' }));
  assert.equal((await read).data.id, 10978752986);
});
