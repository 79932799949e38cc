import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';

export const program = process.env.PIPEFIT || 'pipefit';

export const folder = mkdtempSync(join(tmpdir(), 'pipefit-'));

const children = [];

after(() => {
  for (const child of children) child.kill();
});

let files = 0;

export function file(text, mode = 0o600) {
  const path = join(folder, `file-${(files += 1)}`);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

/** Starts a program that ends with the tests, and returns it when it has written a line. */
async function background(args) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, line };
}

/** Starts a sandbox with these faults, and returns the arguments for a server that uses it. */
export async function sandbox({ faults = [], records = 200 } = {}) {
  const { line } = await background(['sandbox', '--faults', file(JSON.stringify(faults)), '--records', `${records}`]);
  const { apiUrl, tokenUrl, connection } = JSON.parse(line);
  const connections = file(JSON.stringify({ main: connection }));
  return ['--connections', connections, '--api-url', apiUrl, '--token-url', tokenUrl];
}

/** Starts a server at a socket. */
export async function serve(...args) {
  const path = join(folder, `socket-${(files += 1)}`);
  const child = spawn(program, ['serve', '--socket', path, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  children.push(child);
  await once(createInterface(child.stderr), 'line');
  return path;
}

/** Stands between a client and the server at a socket, and notes the messages of both. */
export async function observed(target) {
  const path = join(folder, `socket-${(files += 1)}`);
  const seen = { toServer: [], toClient: [] };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ path: target, allowHalfOpen: true });
    forward(client, upstream, seen.toServer);
    forward(upstream, client, seen.toClient);
  });
  server.listen(path);
  await once(server, 'listening');
  server.unref();
  return { path, seen };
}

function forward(from, to, messages) {
  let rest = '';
  from.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    messages.push(...lines.map((line) => JSON.parse(line)));
    to.write(text);
  });
  from.on('end', () => to.end());
  from.on('error', () => to.destroy());
}

export const job = {
  customerId: '10978752986',
  locationId: '10978752986',
  businessUnitId: '10978752986',
  jobTypeId: '10978752986',
  campaignId: '10978752986',
  priority: 'Normal',
  summary: 'No cooling upstairs.',
  appointments: [{ start: '2026-12-01T14:00:00Z', end: '2026-12-01T16:00:00Z' }],
};

/** A fault: responses to requests with this method start so late. */
export const slow = (method, delayMs) => ({ kind: 'slowFirstByte', delayMs, method, path: '/jpm/**' });
