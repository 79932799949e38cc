// Makes connections of credentials, and tests them.

import { withPipefit } from './pipefit.mjs';

/** Returns what reads the connection of a node, and what tests it. */
export function connectionMethods(component, { key, credential, fields }) {
  const connectionFrom = (data) => ({ key, fields: Object.fromEntries(fields.map((field) => [field, data[field]])) });
  return {
    connectionOf: async (context, itemIndex) => connectionFrom(await context.getCredentials(credential, itemIndex)),
    async testConnection({ data }) {
      try {
        return verdictOf(await withPipefit((client) => client.testConnection(connectionFrom(data), { component })));
      } catch (error) {
        return { status: 'Error', message: error.message };
      }
    },
  };
}

function verdictOf({ ok, findings }) {
  if (ok) return { status: 'OK', message: 'The connection works' };
  const { label, message, remedy = '' } = findings.find(({ status }) => status === 'failed');
  return { status: 'Error', message: `${label}: ${message}. ${remedy}`.trim() };
}
