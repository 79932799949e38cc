// Reads the fields of the node.

import { OPTIONAL, PAIRS } from './names.mjs';

/** Returns the inputs of an action for one item. */
export async function readInputs(context, unit, itemIndex) {
  const optional = context.getNodeParameter(OPTIONAL, itemIndex, {});
  const inputs = {};
  for (const { key, shown, file } of unit.inputs) {
    const value = shown ? context.getNodeParameter(key, itemIndex) : optional[key];
    if (value === undefined) continue;
    inputs[key] = file ? await readFile(context, value, itemIndex) : plain(value);
  }
  return inputs;
}

/** Returns the value that a field stands for: that of a choice, or the entries of a group. */
export function plain(value) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  if (value.__rl) return value.value;
  return value[PAIRS] ?? (Object.keys(value).length === 0 ? [] : value);
}

async function readFile(context, field, itemIndex) {
  const { mimeType, fileName } = context.helpers.assertBinaryData(itemIndex, field);
  const bytes = await context.helpers.getBinaryDataBuffer(itemIndex, field);
  return { data: bytes.toString('base64'), contentType: mimeType, fileName };
}
