// Reads what `pipefit schema export` writes: the manifest of a component, and the schemas of its actions.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));

/** Returns the manifest in this folder, with the schemas of inputs and reply in every action and trigger. */
export function readManifest(folder) {
  const manifest = read(folder, 'component.json');
  const withSchemas = (kind) => (unit) => {
    const inputs = read(folder, kind, `${unit.key}.inputs.json`);
    const reply = read(folder, kind, `${unit.key}.reply.json`);
    return { ...unit, inputSchemas: resolve(inputs).properties, replySchema: reply.properties.data };
  };
  const [actions, triggers] = ['actions', 'triggers'].map((kind) => manifest[kind].map(withSchemas(kind)));
  return { ...manifest, actions, triggers };
}

/** Puts definitions into the places that name them. */
function resolve({ definitions = {}, ...schema }) {
  const inline = (value) => {
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map(inline);
    const { $ref, ...members } = value;
    return inlineMembers($ref ? { ...definitions[$ref.split('/').pop()], ...members } : members);
  };
  const inlineMembers = (object) =>
    Object.fromEntries(Object.entries(object).map(([key, member]) => [key, inline(member)]));
  return inlineMembers(schema);
}
