// Reads the fields of the node.

import { OPTIONAL, PAIRS } from './names.mjs';

/** Returns the inputs of an action or trigger, from what reads a field and what reads a file. */
export async function readInputs(unit, field, file) {
  const optional = field(OPTIONAL, {});
  const inputs = {};
  for (const { key, shown, file: isFile } of unit.inputs) {
    const value = shown ? field(key) : optional[key];
    if (value === undefined) continue;
    inputs[key] = isFile ? await file(value) : plain(value);
  }
  return inputs;
}

/** Returns the value that a field stands for: that of a choice, or the entries of a group. */
export function plain(value) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  if (value.__rl) return value.value;
  return value[PAIRS] ?? (Object.keys(value).length === 0 ? [] : value);
}
