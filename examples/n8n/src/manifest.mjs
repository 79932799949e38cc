// Reads what `pipefit schema export` writes: the manifest of a component, and the schemas of its actions.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));

/** Returns the manifest in this folder, with the schemas of inputs and reply in every action. */
export function readManifest(folder) {
  const manifest = read(folder, 'component.json');
  const schema = (key, what) => read(folder, 'actions', `${key}.${what}.json`);
  const actions = manifest.actions.map((action) => ({
    ...action,
    inputSchemas: schema(action.key, 'inputs').properties,
    replySchema: schema(action.key, 'reply').properties.data,
  }));
  return { ...manifest, actions };
}
