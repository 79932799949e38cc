// Workflows that a program runs: a webhook, the items that it is given, and one node of ServiceTitan.

import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

const NODE = 'n8n-nodes-pipefit.serviceTitan';

/** Returns a workflow of these nodes, each connected to the next one. */
export function workflowOf(name, nodes) {
  const placed = nodes.map((node, index) => ({
    id: randomUUID(),
    position: [index * 220, 0],
    parameters: {},
    ...node,
  }));
  const link = (node, index) => [node.name, { main: [[{ node: placed[index + 1].name, type: 'main', index: 0 }]] }];
  return { name, nodes: placed, connections: Object.fromEntries(placed.slice(0, -1).map(link)), settings: {} };
}

/** Returns a node that runs an action. */
export function actionNode(credential, action, parameters, settings = {}) {
  const credentials = { serviceTitanApi: { id: credential.id, name: credential.name } };
  return {
    name: action,
    type: NODE,
    typeVersion: 1,
    credentials,
    parameters: { operation: action, ...parameters },
    ...settings,
  };
}

/** Returns a node that starts a workflow when records change. */
export function triggerNode({ id, name }, parameters) {
  const credentials = { serviceTitanApi: { id, name } };
  return { name: 'Changes', type: `${NODE}Trigger`, typeVersion: 1, credentials, parameters };
}

/** What a trigger starts. */
export const nothing = { name: 'Nothing', type: 'n8n-nodes-base.noOp', typeVersion: 1 };

/** Publishes a workflow whose last node answers the webhook. Returns its id, and a function that calls it. */
export async function publish({ url, api }, node, respond = { responseData: 'allEntries' }) {
  const path = randomUUID();
  const parameters = { httpMethod: 'POST', path, responseMode: 'lastNode', ...respond };
  const webhook = { name: 'Webhook', type: 'n8n-nodes-base.webhook', typeVersion: 2.1, webhookId: path, parameters };
  const split = {
    name: 'Items',
    type: 'n8n-nodes-base.splitOut',
    typeVersion: 1,
    parameters: { fieldToSplitOut: 'body.items' },
  };
  const { id, versionId } = await api.post(
    '/workflows',
    workflowOf(node.name, respond.binary ? [webhook, node] : [webhook, split, node]),
  );
  await api.post(`/workflows/${id}/activate`, { versionId });
  return { id, call: (request) => callWebhook(`${url}/webhook/${path}`, request) };
}

/** Calls a webhook, once n8n has it: it is published a moment after the workflow. */
async function callWebhook(url, request) {
  for (;;) {
    const response = await fetch(url, { method: 'POST', ...request });
    if (response.status !== 404) return response;
    await setTimeout(100);
  }
}

/** Runs an action once for each item, and returns what the workflow returns. */
export async function runAction(n8n, node, items = [{}]) {
  const { id, call } = await publish(n8n, node);
  const headers = { 'content-type': 'application/json' };
  const response = await call({ headers, body: JSON.stringify({ items }) });
  return { id, status: response.status, items: await response.json() };
}

/** Returns the error that ended the last execution of a workflow. */
export async function errorOf(n8n, id) {
  const [{ error }] = await executionsOf(n8n, id);
  return error;
}

/** Returns what the executions of a workflow came to, the last one first. */
export async function executionsOf({ api }, id) {
  const filter = encodeURIComponent(JSON.stringify({ workflowId: id }));
  const { results } = await api.get(`/executions?filter=${filter}`);
  const ended = results.filter(({ stoppedAt }) => stoppedAt);
  const executions = await Promise.all(ended.map((execution) => api.get(`/executions/${execution.id}`)));
  return executions.map(({ data }) => inflate(JSON.parse(data)).resultData);
}

/** Reads the form in which n8n stores executions: a list in which text names other entries by their index. */
function inflate(entries) {
  const read = (entry) => {
    if (entry === null || typeof entry !== 'object') return entry;
    const members = Object.entries(entry).map(([key, value]) => [
      key,
      typeof value === 'string' ? read(entries[value]) : value,
    ]);
    return Array.isArray(entry) ? members.map(([, value]) => value) : Object.fromEntries(members);
  };
  return read(entries[0]);
}
