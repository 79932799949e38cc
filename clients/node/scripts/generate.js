// Writes the types of ServiceTitan's units, from the exported schemas: `generate.js FILE`.
import { readFileSync, writeFileSync } from 'node:fs';
import { compile } from 'json-schema-to-typescript';

const schemas = new URL('../../../schemas/', import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(name, schemas), 'utf8'));

const component = read('servicetitan/component.json');
const { definitions } = read('servicetitan/types.json');
const error = read('error.json');

const ID = /(^i|I)ds?$/;
/** What the generator says about every definition, and the comments that say nothing else. */
const ORIGINS = /(^ *\*\n)?^ *\* This interface was referenced by.*\n *\* via the `definition`.*\n/gm;
const EMPTY_COMMENTS = /^ *\/\*\*\n *\*\/\n/gm;
const COUNTS = ['page', 'pageSize', 'totalCount', 'limit'];

/** Gives numbers their types: an id may have more digits than a number keeps, and is text or a number in inputs. */
function retype(schema, name, isInput) {
  if (Array.isArray(schema)) return schema.map((one) => retype(one, name, isInput));
  if (typeof schema !== 'object' || schema === null) return schema;
  const types = [schema.type].flat();
  const nullable = types.includes('null') ? ' | null' : '';
  const { description } = schema;
  if (types.includes('integer') && !COUNTS.includes(name)) return { description, tsType: `Integer${nullable}` };
  if (isInput && types.includes('string') && ID.test(name) && !schema.format) {
    return { description, tsType: `Id${nullable}` };
  }
  const retyped = { ...schema };
  for (const member of ['items', 'anyOf', 'additionalProperties']) {
    if (schema[member]) retyped[member] = retype(schema[member], name, isInput);
  }
  if (schema.properties) {
    const properties = Object.entries(schema.properties);
    retyped.properties = Object.fromEntries(properties.map(([key, one]) => [key, retype(one, key, isInput)]));
  }
  return retyped;
}

/** The names of the definitions that these need. */
function reachable(names) {
  const found = new Set(names);
  for (const name of found) {
    for (const [, next] of JSON.stringify(definitions[name]).matchAll(/#\/definitions\/(\w+)/g)) found.add(next);
  }
  return found;
}

const inputs = reachable(Object.keys(definitions).filter((name) => name.endsWith('Inputs')));
for (const [name, schema] of Object.entries(definitions)) {
  const retyped = retype(schema, '', inputs.has(name));
  if (name.endsWith('Inputs')) {
    // The server has a connection for requests that name none.
    retyped.required = retyped.required?.filter((input) => input !== 'connection');
  }
  definitions[name] = retyped;
}

const ref = (name) => ({ $ref: `#/definitions/${name}` });

function units(description, entries) {
  const properties = entries.map(({ key, description }) => {
    const name = key[0].toUpperCase() + key.slice(1);
    const unit = { inputs: ref(`${name}Inputs`) };
    if (definitions[`${name}Reply`]) unit.reply = ref(`${name}Reply`);
    const type = { type: 'object', description, properties: unit, required: Object.keys(unit) };
    return [key, type];
  });
  return { type: 'object', description, properties: Object.fromEntries(properties), required: properties.map(([key]) => key) };
}

definitions.Actions = units('The inputs and replies of the actions, by key.', component.actions);
definitions.DataSources = units('The inputs of the data sources, by key.', component.dataSources);
definitions.Triggers = units('The inputs and replies of the triggers, by key.', component.triggers);
definitions.ErrorCode = {
  type: 'string',
  description: 'What went wrong, for programs.',
  enum: error.properties.code.oneOf.map(({ const: code }) => code),
};
const plain = ({ type, description, items }) => ({ ...(type && { type }), description, ...(items && { items }) });
const issue = Object.entries(error.properties.issues.items.properties);
definitions.Issue = {
  type: 'object',
  description: error.properties.issues.items.description,
  properties: Object.fromEntries(issue.map(([key, one]) => [key, { ...plain(one), type: 'string' }])),
  required: issue.map(([key]) => key),
};
definitions.ErrorDetails = {
  ...error,
  title: undefined,
  properties: {
    ...Object.fromEntries(Object.entries(error.properties).map(([key, one]) => [key, plain(one)])),
    code: ref('ErrorCode'),
    issues: { type: 'array', description: error.properties.issues.description, items: ref('Issue') },
  },
  definitions: undefined,
};

const root = { title: 'ServiceTitan', type: 'object', properties: { connection: ref('ServiceTitanConnectionFields') } };
const types = await compile({ ...root, definitions }, 'ServiceTitan', {
  additionalProperties: false,
  bannerComment: '',
  unreachableDefinitions: true,
  style: { singleQuote: true, printWidth: 120 },
});

const readers = [...component.actions, ...component.dataSources, ...component.triggers].filter(
  ({ effect }) => effect === 'read',
);
const lists = component.actions.filter(({ key }) => {
  const page = definitions[`${key[0].toUpperCase()}${key.slice(1)}Reply`].properties.data.$ref?.split('/').pop();
  return definitions[page]?.properties?.hasMore;
});
const keys = (units) => units.map(({ key }) => `\n  '${key}',`).sort().join('');
const text = `// Generated by \`npm run generate\` from the exported schemas. Do not edit.

/** A whole number of up to 64 bits: a bigint if a number would not keep its digits. */
export type Integer = number | bigint;

/** An id: the number of a reply, or its digits as text. */
export type Id = string | number | bigint;

/** The keys of the units that change nothing. */
export const READERS: ReadonlySet<string> = new Set([${keys(readers)}
]);

/** The keys of the units that return a list. */
export const LISTS: ReadonlySet<string> = new Set([${keys([...lists, ...component.dataSources])}
]);

${types.replace(ORIGINS, '').replace(EMPTY_COMMENTS, '')}`;
writeFileSync(process.argv[2], text);
