// Reads what `pipefit schema export` writes: the manifest of a component, and the schemas of its actions.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));

/** Returns the manifest in this folder, with the schemas of inputs and reply in every action. */
export function readManifest(folder) {
  const manifest = read(folder, 'component.json');
  const actions = manifest.actions.map((action) => {
    const inputs = read(folder, 'actions', `${action.key}.inputs.json`);
    const reply = read(folder, 'actions', `${action.key}.reply.json`);
    return { ...action, inputSchemas: resolve(inputs).properties, replySchema: reply.properties.data };
  });
  return { ...manifest, actions };
}

/** Puts definitions into the places that name them. */
function resolve({ definitions = {}, ...schema }) {
  const inline = (value) => {
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map(inline);
    const { $ref, ...members } = value;
    return inlineMembers($ref ? { ...definitions[$ref.split('/').pop()], ...members } : members);
  };
  const inlineMembers = (object) => Object.fromEntries(Object.entries(object).map(([key, member]) => [key, inline(member)]));
  return inlineMembers(schema);
}
