// Turns errors of Pipefit into those of n8n.

import { NodeApiError, NodeOperationError } from 'n8n-workflow';

/** Codes of errors that are about the node, its credentials or this machine, and not what the service said. */
const OURS = [
  'invalid_request',
  'unknown_action',
  'invalid_input',
  'invalid_connection',
  'forbidden_by_policy',
  'cancelled',
  'internal',
];

/** Returns the error that n8n shows. */
export function nodeErrorOf(node, error, itemIndex) {
  if (!error.details)
    return error instanceof NodeOperationError ? error : new NodeOperationError(node, error, { itemIndex });
  const message = messageOf(error);
  const options = { message, description: descriptionOf(error), itemIndex };
  if (OURS.includes(error.code)) return new NodeOperationError(node, message, options);
  const httpCode = error.status === undefined ? undefined : String(error.status);
  return new NodeApiError(node, error.details, { ...options, httpCode });
}

/** Returns what an item says of its error if the workflow goes on. n8n knows these members as those of an error. */
export function errorItemOf(error) {
  return { error: messageOf(error), ...(error.details && { details: error.details }) };
}

function messageOf({ message, issues = [] }) {
  return issues.length > 1 ? `${issues.length} inputs are not valid` : message;
}

function descriptionOf({ code, issues, scope, retryAfterSeconds, details }) {
  const lines = issues.length > 1 ? issues.map((issue) => issue.message) : [];
  if (code === 'outcome_unknown')
    lines.push('Look whether it happened before you run this again. It was not sent a second time.');
  if (scope) lines.push(`The scope it needs is ${scope}.`);
  if (retryAfterSeconds) lines.push(`Try again after ${retryAfterSeconds} seconds.`);
  if (details.request) lines.push(`Request: ${details.request}`);
  if (details.traceId) lines.push(`Trace: ${details.traceId}`);
  return lines.join('<br>');
}
