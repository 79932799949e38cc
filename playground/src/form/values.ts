// The values of a form, and what is sent of them: only what a person put in.
import type { Issue } from "../api";
import { isRecord, parse } from "../json";
import type { Field } from "./fields";

export type Values = Record<string, unknown>;

/** A person chose that the list is to be emptied. */
export const CLEAR = Symbol("clear");

/** A value that is edited as JSON text. */
export class JsonText {
  constructor(readonly text: string) {}
}

export interface Pair {
  key: string;
  value: unknown;
}

/** The value of a field that was just added. */
export function blank(field: Field): unknown {
  if (field.control === "list") return [field.item ? blank(field.item) : undefined];
  if (field.control === "pairs") return [{ key: "", value: "" }];
  if (field.control !== "group") return undefined;
  return start(field.fields ?? []);
}

/** The values of a form that nobody touched: its required parts, empty. */
export const start = (fields: Field[]): Values =>
  Object.fromEntries(fields.filter((field) => field.required).map((field) => [field.key, blank(field)]));

/** Returns what is sent of a value; `undefined` if nothing is. */
export function clean(field: Field, value: unknown): unknown {
  if (value === undefined || value === null || value === "") return undefined;
  if (value === CLEAR) return [];
  if (value instanceof JsonText) return fromJson(value.text);
  if (field.control === "group" && isRecord(value)) {
    const members = cleanAll(field.fields ?? [], value);
    return Object.keys(members).length > 0 || field.required ? members : undefined;
  }
  if (field.control === "list" && Array.isArray(value)) {
    const item = field.item;
    const items = item ? value.map((one) => clean(item, one)).filter((one) => one !== undefined) : value;
    const isEmpty = items.every((one) => isRecord(one) && Object.keys(one).length === 0);
    return items.length > 0 && (field.required || !isEmpty) ? items : undefined;
  }
  if (field.control === "pairs" && Array.isArray(value)) {
    const pairs = (value as Pair[]).filter((pair) => pair.key !== "" || (pair.value ?? "") !== "");
    return pairs.length > 0 ? pairs : undefined;
  }
  return field.control === "json" && typeof value === "string" ? fromJson(value) : value;
}

export function cleanAll(fields: Field[], values: Values): Values {
  const cleaned = fields.map((field) => [field.key, clean(field, values[field.key])] as const);
  return Object.fromEntries(cleaned.filter(([, value]) => value !== undefined));
}

/** Text that is no JSON is sent as it is: the runner says what is wrong with it. */
function fromJson(text: string): unknown {
  if (text.trim() === "") return undefined;
  try {
    return parse(text);
  } catch {
    return text;
  }
}

export const join = (path: string, key: string | number) =>
  typeof key === "number" ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;

const parts = (path: string) =>
  [...path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, key, index]) => (index === undefined ? key! : Number(index)));

/** Returns the path of the innermost field on the page that holds this value, and the labels that lead to it. */
export function locate(fields: Field[], values: Values, path: string): { path: string; label: string } | undefined {
  let at: { field?: Field; value: unknown; fields: Field[]; path: string; within: string; label: string };
  at = { value: values, fields, path: "", within: "", label: "" };
  const steps = parts(path);
  for (const [step, part] of steps.entries()) {
    // What the page does not show apart, such as what stands in JSON text, is named by its key.
    const inner = at.field && { path: at.path, label: [at.label, ...steps.slice(step)].join(" › ") };
    if (typeof part === "number") {
      const item = at.field?.control === "list" ? at.field.item : undefined;
      if (!item || !Array.isArray(at.value) || part >= at.value.length) return inner;
      const label = `${at.within}${item.label} ${part + 1}`;
      at = { ...at, field: item, value: at.value[part], fields: item.fields ?? [], path: join(at.path, part), label };
    } else {
      const field = at.fields.find(({ key }) => key === part);
      if (!field || !isRecord(at.value) || (!field.required && !(part in at.value))) return inner;
      const [value, path, within] = [at.value[part], join(at.path, part), at.label === "" ? "" : `${at.label} › `];
      at = { field, value, fields: field.fields ?? [], path, within, label: within + field.label };
    }
  }
  return at.field && { path: at.path, label: at.label };
}

export const withoutTicks = (text: string) => text.replace(/`/g, "");

/** The message of an issue, to be read beside its field: without the field's name and value. */
export function messageOf(issue: Issue): string {
  if (issue.code === "required") return "Required";
  const own = `\`${issue.input}\` `;
  let text = issue.message.startsWith(own) ? issue.message.slice(own.length) : issue.message;
  text = text.replace(/^is `[^`]*`[;:] /, "");
  return withoutTicks(text.charAt(0).toUpperCase() + text.slice(1));
}
