// Turns the manifest of a component into the description of an n8n node.

import { credentialOf, nodeOf, OPTIONAL, PAIRS, PICKLIST_INPUTS, SPLIT, triggerOf } from './names.mjs';

const EFFECTS = ['read', 'create', 'update', 'delete'];

/** Returns the description of the node that runs the component's actions. */
export function describeNode(manifest) {
  const resources = groupByResource(manifest.actions);
  return {
    displayName: manifest.label,
    name: nodeOf(manifest),
    icon: 'file:icon.svg',
    group: ['transform'],
    version: 1,
    subtitle: '={{$parameter["operation"]}}',
    description: manifest.description,
    defaults: { name: manifest.label },
    inputs: ['main'],
    outputs: ['main'],
    credentials: [{ name: credentialOf(manifest), required: true, testedBy: 'testConnection' }],
    properties: [
      resourceField(resources),
      ...[...resources].map(([resource, actions]) => operationField(resource, actions)),
      ...manifest.actions.flatMap((action) =>
        fieldsOf(action, { resource: [action.resource], operation: [action.key] }),
      ),
    ],
  };
}

/** Returns the description of the node that starts workflows by the component's triggers, which are polled. */
export function describeTriggerNode(manifest) {
  const options = manifest.triggers.map(({ key, label, description }) => ({ name: label, value: key, description }));
  const event = {
    displayName: 'Event',
    name: 'event',
    type: 'options',
    noDataExpression: true,
    options,
    default: options[0].value,
  };
  return {
    displayName: `${manifest.label} Trigger`,
    name: triggerOf(manifest),
    icon: 'file:icon.svg',
    group: ['trigger'],
    version: 1,
    description: `Starts the workflow when something happens in ${manifest.label}`,
    defaults: { name: `${manifest.label} Trigger` },
    polling: true,
    inputs: [],
    outputs: ['main'],
    credentials: [{ name: credentialOf(manifest), required: true, testedBy: 'testConnection' }],
    properties: [event, ...manifest.triggers.flatMap((trigger) => fieldsOf(trigger, { event: [trigger.key] }))],
  };
}

/** Returns what the node must know about each action or trigger to run it, by its key. */
export function describeUnits(units) {
  return Object.fromEntries(units.map((unit) => [unit.key, unitOf(unit)]));
}

function unitOf(action) {
  const inputs = inputsOf(action).map(
    ({ key, type, required, options, dataSource, dataSourceInputs, dataSourceNarrowedBy }) => ({
      key,
      shown: isShown({ key, required }),
      file: type === 'data',
      choice: Boolean(options),
      dataSource,
      dependsOn: [...(dataSourceInputs ?? []), ...(dataSourceNarrowedBy ?? [])],
    }),
  );
  return { label: action.label, writes: action.effect !== 'read', reply: replyOf(action), inputs };
}

/** What an action returns: a `list`, a `file`, or any other `value`. */
function replyOf({ replySchema: { properties = {} } }) {
  if (properties.data?.type === 'array') return 'list';
  return properties.data?.contentEncoding === 'base64' ? 'file' : 'value';
}

/** The inputs that are fields of the node; the connection comes from its credentials. */
const inputsOf = (action) => action.inputs.filter(({ type, hidden }) => type !== 'connection' && !hidden);

// Resources and operations

function groupByResource(actions) {
  const names = [...new Set(actions.map(({ resource }) => resource))].sort(
    (a, b) => rank(a) - rank(b) || (a < b ? -1 : 1),
  );
  const effect = (action) => EFFECTS.indexOf(action.effect);
  const ofResource = (name) =>
    actions.filter(({ resource }) => resource === name).sort((a, b) => effect(a) - effect(b));
  return new Map(names.map((name) => [name, ofResource(name)]));
}

/** What belongs to no resource comes last. */
const rank = (resource) => (resource === 'misc' ? 1 : 0);

function resourceField(resources) {
  const options = [...resources.keys()].map((value) => ({ name: titleOf(value), value }));
  return {
    displayName: 'Resource',
    name: 'resource',
    type: 'options',
    noDataExpression: true,
    options,
    default: options[0].value,
  };
}

function operationField(resource, actions) {
  const options = actions.map(({ key, label, description }) => ({
    name: label,
    value: key,
    action: sentenceOf(label),
    description,
  }));
  return {
    displayName: 'Operation',
    name: 'operation',
    type: 'options',
    noDataExpression: true,
    displayOptions: { show: { resource: [resource] } },
    options,
    default: options[0].value,
  };
}

/** `jobCancelReasons` as `Job Cancel Reason`: n8n names resources in the singular. */
const titleOf = (key) =>
  key
    .replace(/([A-Z])/g, ' $1')
    .replace(/^./, (first) => first.toUpperCase())
    .replace(/(?<=[a-rt-z])s$/, '');

/** `Create Job` as `Create job`. */
const sentenceOf = (label) => label.replace(/(?<=.)\b[A-Z](?=[a-z])/g, (letter) => letter.toLowerCase());

// Fields

/** Whether an input has a field of its own: the required ones, and whether a list returns all records. */
const isShown = ({ key, required }) => required || key === 'fetchAll';

/** The fields of an action or trigger, and a collection of those that are rarely needed. */
function fieldsOf(action, show) {
  const inputs = inputsOf(action);
  const path = Object.fromEntries(
    inputs.map((input) => [input.key, isShown(input) ? input.key : `${OPTIONAL}.${input.key}`]),
  );
  const field = (input) => ({ ...fieldOf(input, action, path), ...(input.required && { required: true }) });
  const fields = inputs.filter(isShown).map(field);
  const optional = inputs.filter((input) => !isShown(input)).map(field);
  if (replyOf(action) === 'list') optional.push(splitField());
  if (optional.length > 0) fields.push(optionalField(optional));
  return fields.map((one) => ({ ...one, displayOptions: { show } }));
}

function optionalField(options) {
  return {
    displayName: 'Optional Fields',
    name: OPTIONAL,
    type: 'collection',
    placeholder: 'Add Field',
    default: {},
    options,
  };
}

function splitField() {
  return {
    displayName: 'Split Into Items',
    name: SPLIT,
    type: 'boolean',
    default: true,
    description:
      'Whether to return one item for each record. Off returns the page as one item, with its number and total.',
  };
}

function fieldOf(input, action, path) {
  const field = { displayName: input.label, name: input.key, description: htmlOf(input.description) };
  const schema = action.inputSchemas[input.key];
  if (input.collection === 'keyvaluelist') return { ...field, ...pairsField(schema) };
  if (input.dataSource && input.collection) return { ...field, ...severalChoices(input, path) };
  if (input.dataSource) return { ...field, ...oneChoice(input, path) };
  if (input.options) return { ...field, ...fixedChoices(input) };
  if (input.collection) {
    return {
      ...field,
      type: 'string',
      default: [],
      typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Value' },
    };
  }
  return { ...field, ...singleField(input, schema, field) };
}

/** A field of one value that is typed in. */
function singleField(input, schema, { description }) {
  switch (input.type) {
    case 'string':
      return { type: 'string', default: input.default ?? '', ...placeholder(input, schema) };
    case 'text':
      return { type: 'string', default: input.default ?? '', typeOptions: { rows: 4 } };
    case 'boolean':
      return { type: 'boolean', default: String(input.default) === 'true' };
    case 'code':
      return {
        type: 'json',
        default: blankOf(input),
        description: description + membersOf(schema),
        typeOptions: { rows: 5 },
      };
    case 'data':
      return { type: 'string', default: 'data', hint: 'The name of the input field that holds the file' };
    default:
      throw new Error(`the input \`${input.key}\` has the type \`${input.type}\`, for which n8n has no field`);
  }
}

function placeholder({ example }, schema) {
  const text = schema?.['x-format'] === 'date-time' ? '2026-01-31T09:00:00Z' : example;
  return text ? { placeholder: `e.g. ${text}` } : {};
}

/** One choice of a data source: found by searching, or given by its id. */
function oneChoice(input, path) {
  return {
    type: 'resourceLocator',
    default: { mode: 'list', value: '' },
    typeOptions: dependsOn(input, path),
    modes: [
      {
        displayName: 'From List',
        name: 'list',
        type: 'list',
        typeOptions: { searchListMethod: input.dataSource, searchable: true },
      },
      { displayName: 'By ID', name: 'id', type: 'string', placeholder: `e.g. ${input.example}` },
    ],
  };
}

/** Several choices of a data source. */
function severalChoices(input, path) {
  return {
    type: 'multiOptions',
    default: [],
    typeOptions: { loadOptionsMethod: input.dataSource, ...dependsOn(input, path) },
  };
}

function dependsOn({ dataSourceInputs = [], dataSourceNarrowedBy = [] }, path) {
  const paths = [...dataSourceInputs, ...dataSourceNarrowedBy].map((key) => path[key]);
  return paths.length > 0 ? { loadOptionsDependsOn: paths } : {};
}

/** Choices of the manifest. The blank one says "not set", as a field that is not added does. */
function fixedChoices(input) {
  const options = input.options.filter(({ value }) => value !== '').map(({ label, value }) => ({ name: label, value }));
  if (input.collection) return { type: 'multiOptions', options, default: [] };
  return { type: 'options', options, default: input.default ?? '' };
}

/** Keys and values. Keys that are known are choices. */
function pairsField(schema) {
  const keys = schema?.allOf?.[0].items?.properties?.key.enum;
  const key = keys
    ? { type: 'options', options: keys.map((value) => ({ name: value, value })), default: keys[0] }
    : { type: 'string', default: '' };
  const values = [
    { displayName: 'Name', name: 'key', ...key },
    { displayName: 'Value', name: 'value', type: 'string', default: '' },
  ];
  return {
    type: 'fixedCollection',
    placeholder: 'Add Entry',
    default: {},
    typeOptions: { multipleValues: true },
    options: [{ displayName: 'Entry', name: PAIRS, values }],
  };
}

/** The JSON to start a structured value from. */
const blankOf = ({ template }) => (Array.isArray(template) ? '[]' : '{}');

/** Names the members of a structured value, if its schema does. */
function membersOf(schema) {
  const { properties, required = [] } = structureOf(schema) ?? {};
  if (!properties) return '';
  const optional = Object.keys(properties).filter((key) => !required.includes(key));
  const names = (keys) => keys.map((key) => `<code>${key}</code>`).join(', ');
  const lines = [
    required.length > 0 && `Required: ${names(required)}.`,
    optional.length > 0 && `Optional: ${names(optional)}.`,
  ];
  return ['', ...lines.filter(Boolean)].join('<br>');
}

/** The schema of an object, or of the objects in a list. */
function structureOf(schema) {
  if (!schema) return undefined;
  const { allOf = [], anyOf = [], items } = schema;
  return schema.properties ? schema : [...allOf, ...anyOf, items].map(structureOf).find(Boolean);
}

const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

const htmlOf = (markdown) => escape(markdown).replace(/`([^`]*)`/g, '<code>$1</code>');

/** The data sources that the fields of the node name: those that fill a list, and those that fill a searchable one. */
export function dataSourcesOf(manifest) {
  const needs = ({ key, lookupInputs }) => [
    key,
    lookupInputs.map((input) => input.key).filter((one) => !PICKLIST_INPUTS.includes(one)),
  ];
  return Object.fromEntries(manifest.dataSources.map(needs));
}
