// Turns the connection of a component into n8n credentials.

import { credentialOf } from './names.mjs';

/** Returns the description of the credentials, as the class of n8n has it. */
export function describeCredentials(manifest) {
  const connection = connectionOf(manifest);
  return {
    name: credentialOf(manifest),
    displayName: `${manifest.label} API`,
    icon: 'file:icon.svg',
    properties: visible(connection).map(fieldOf),
  };
}

/** Returns the key of the connection, the keys of its fields, and the type of the credentials that hold them. */
export function describeConnection(manifest) {
  const connection = connectionOf(manifest);
  return { key: connection.key, credential: credentialOf(manifest), fields: visible(connection).map(({ key }) => key) };
}

function connectionOf({ key, connections }) {
  if (connections.length !== 1)
    throw new Error(`\`${key}\` has ${connections.length} connections; the node has credentials for one`);
  return connections[0];
}

const visible = (connection) => connection.inputs.filter(({ hidden }) => !hidden);

function fieldOf({ key, label, description, type, required, options, example, default: given }) {
  const field = { displayName: label, name: key, description: description.replaceAll('`', ''), required };
  if (options) {
    const choices = options.map(({ label: name, value }) => ({ name, value }));
    return { ...field, type: 'options', options: choices, default: given ?? choices[0].value };
  }
  const secret = type === 'password' ? { typeOptions: { password: true } } : {};
  return {
    ...field,
    type: 'string',
    default: given ?? '',
    ...secret,
    ...(example && { placeholder: `e.g. ${example}` }),
  };
}
