// A schema without references, so that whoever reads it sees each part where it is used.
import { isRecord } from "./json";

export type Schema = Record<string, unknown>;

/** Replaces each reference by its target. What stands beside a reference overrides the target. */
export function resolve(root: Schema): Schema {
  const expand = (part: unknown, open: string[]): unknown => {
    if (Array.isArray(part)) return part.map((one) => expand(one, open));
    if (!isRecord(part)) return part;
    const { $ref: reference, ...own } = part;
    const members = Object.entries(own).filter(([key]) => part !== root || !SHARED.includes(key));
    const expanded = Object.fromEntries(members.map(([key, value]) => [key, expand(value, open)]));
    // A schema that holds itself is shown one level deep.
    if (typeof reference !== "string" || open.includes(reference)) return expanded;
    return { ...(expand(at(root, reference), [...open, reference]) as Schema), ...expanded };
  };
  return expand(root, []) as Schema;
}

const SHARED = ["definitions", "$defs"];

/** Returns what a JSON pointer such as `#/definitions/address` points to. */
function at(root: Schema, reference: string): Schema {
  const parts = reference.replace(/^#\/?/, "").split("/").filter(Boolean);
  const name = (part: string) => decodeURIComponent(part).replace(/~1/g, "/").replace(/~0/g, "~");
  const step = (within: unknown, part: string) =>
    isRecord(within) ? within[name(part)] : Array.isArray(within) ? within[Number(part)] : undefined;
  const target = parts.reduce<unknown>(step, root);
  if (!reference.startsWith("#") || !isRecord(target)) throw new Error(`The schema has no ${reference}.`);
  return target;
}
