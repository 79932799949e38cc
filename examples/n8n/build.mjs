// Writes the nodes and their credentials to `dist`, from the folder that `pipefit schema export` wrote.
//
//   node build.mjs [FOLDER]

import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { describeConnection, describeCredentials } from './src/credentials.mjs';
import { dataSourcesOf, describeNode, describeTriggerNode, describeUnits } from './src/description.mjs';
import { readManifest } from './src/manifest.mjs';
import { classOf, credentialClassOf, triggerClassOf } from './src/names.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, 'dist');
const manifest = readManifest(resolve(process.argv[2] ?? join(here, '../../schemas/servicetitan')));

const connection = describeConnection(manifest);
const component = manifest.key;
const node = {
  component,
  description: describeNode(manifest),
  units: describeUnits(manifest.actions),
  sources: dataSourcesOf(manifest),
  connection,
};
const trigger = {
  component,
  description: describeTriggerNode(manifest),
  units: describeUnits(manifest.triggers),
  connection,
};
const credentials = describeCredentials(manifest);

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
copyFileSync(join(here, 'src/icon.svg'), join(dist, 'icon.svg'));
await bundle(
  `${classOf(manifest)}.node.js`,
  `
  import { createNode } from './src/node.mjs';
  export const ${classOf(manifest)} = createNode(${JSON.stringify(node)});
`,
);
await bundle(
  `${triggerClassOf(manifest)}.node.js`,
  `
  import { createTrigger } from './src/trigger.mjs';
  export const ${triggerClassOf(manifest)} = createTrigger(${JSON.stringify(trigger)});
`,
);
await bundle(
  `${credentialClassOf(manifest)}.credentials.js`,
  `
  export class ${credentialClassOf(manifest)} { constructor() { Object.assign(this, ${JSON.stringify(credentials)}); } }
`,
);

/** Makes one file that n8n can load. What n8n has itself is left out. */
async function bundle(name, contents) {
  await build({
    stdin: { contents, resolveDir: here },
    outfile: join(dist, name),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    charset: 'utf8',
    external: ['n8n-workflow'],
    alias: { pipefit: join(here, '../../clients/node/src/index.ts') },
    logLevel: 'warning',
  });
}
