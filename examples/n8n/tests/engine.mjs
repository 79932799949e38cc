// Starts and stops n8n, and what it works with: a sandbox of ServiceTitan.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const PIPEFIT = process.env.PIPEFIT ?? 'pipefit';
/** n8n ties a session to the browser in which it began. */
const BROWSER_ID = 'tests';

const CREDENTIAL = 'serviceTitanApi';
const OWNER = { email: 'owner@example.com', firstName: 'Olive', lastName: 'Owner', password: 'Sandbox-2026' };

/** Nothing that asks other hosts; `alone.cjs` refuses and reports what does so nevertheless. */
const ALONE = {
  NODE_OPTIONS: `--require ${join(here, 'alone.cjs')}`,
  N8N_DISABLED_MODULES: 'mcp-registry,instance-ai,insights,source-control,external-secrets',
  N8N_VERIFIED_PACKAGES_ENABLED: 'false',
  N8N_DIAGNOSTICS_ENABLED: 'false',
  N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
  N8N_TEMPLATES_ENABLED: 'false',
  N8N_PERSONALIZATION_ENABLED: 'false',
  N8N_DYNAMIC_BANNERS_ENABLED: 'false',
  N8N_HIRING_BANNER_ENABLED: 'false',
  N8N_PUBLIC_API_DISABLED: 'true',
  EXTERNAL_FRONTEND_HOOKS_URLS: '',
};

/** Starts the sandbox. Returns its addresses and a connection that it accepts. */
export async function startSandbox(...args) {
  const child = spawn(PIPEFIT, ['sandbox', ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await Promise.race([firstLine(child), failure(child)]);
  return { ...JSON.parse(line), stop: () => stop(child) };
}

/** Starts n8n with the node, and a user who is its owner. */
export async function startN8n(sandbox) {
  const folder = mkdtempSync(join(tmpdir(), 'pipefit-n8n-'));
  const port = await freePort();
  const env = {
    ...process.env,
    ...ALONE,
    PIPEFIT,
    PIPEFIT_API_URL: sandbox.apiUrl,
    PIPEFIT_TOKEN_URL: sandbox.tokenUrl,
    N8N_USER_FOLDER: folder,
    N8N_LISTEN_ADDRESS: '127.0.0.1',
    N8N_HOST: '127.0.0.1',
    N8N_PORT: String(port),
    N8N_RUNNERS_BROKER_PORT: String(await freePort()),
    N8N_SECURE_COOKIE: 'false',
    N8N_LOG_LEVEL: process.env.N8N_LOG_LEVEL ?? 'error',
    ALONE_REPORT: join(folder, 'other-hosts.txt'),
  };
  installNode(join(folder, '.n8n/nodes'));
  const program = join(here, 'node_modules/n8n/bin/n8n');
  const child = spawn(process.execPath, [program, 'start'], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const url = `http://127.0.0.1:${port}`;
  const api = client(`${url}/rest`);
  await Promise.race([untilReady(api), failure(child)]);
  await api.post('/owner/setup', OWNER);
  const otherHosts = () =>
    existsSync(env.ALONE_REPORT) ? readFileSync(env.ALONE_REPORT, 'utf8').trim().split('\n') : [];
  const end = async () => {
    await stop(child);
    rmSync(folder, { recursive: true, force: true });
  };
  const addCredential = (data) => api.post('/credentials', { name: 'ServiceTitan sandbox', type: CREDENTIAL, data });
  const testCredential = ({ id, name }, data) =>
    api.post('/credentials/test', { credentials: { id, name, type: CREDENTIAL, data } });
  return { url, api, browserId: BROWSER_ID, pid: child.pid, addCredential, testCredential, otherHosts, stop: end };
}

/** Installs the node where n8n keeps those that a user adds. */
function installNode(folder) {
  mkdirSync(folder, { recursive: true });
  const flags = [
    '--install-links',
    '--omit=dev',
    '--ignore-scripts',
    '--offline',
    '--no-audit',
    '--no-fund',
    '--silent',
  ];
  execFileSync('npm', ['install', ...flags, join(here, '..')], { cwd: folder, stdio: 'inherit' });
}

/** Calls the API that the page of n8n uses. */
function client(base) {
  const state = { cookie: '' };
  const call = async (method, path, body) => {
    const headers = { 'content-type': 'application/json', cookie: state.cookie, 'browser-id': BROWSER_ID };
    const response = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
    const given = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
    if (given.length > 0) state.cookie = given.join('; ');
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text).data;
  };
  return {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    patch: (path, body) => call('PATCH', path, body),
    get cookie() {
      const [name, ...value] = state.cookie.split('=');
      return { name, value: value.join('=') };
    },
  };
}

async function untilReady(api) {
  for (;;) {
    try {
      await api.get('/settings');
      return;
    } catch {
      await setTimeout(250);
    }
  }
}

function firstLine(child) {
  return new Promise((resolve) => createInterface(child.stdout).once('line', (line) => resolve([line])));
}

function failure(child) {
  return new Promise((_, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => reject(new Error(`${child.spawnargs.join(' ')} ended with status ${status}`)));
  });
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.removeAllListeners('exit');
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
