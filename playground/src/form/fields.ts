// The fields of a form, from the exported schema and the manifest.
import type { Choice, Input } from "../catalog";
import { words } from "../catalog";
import { isRecord } from "../json";
import type { Schema } from "../schema";

export type Control =
  | "text"
  | "multiline"
  | "json"
  | "password"
  | "id"
  | "integer"
  | "decimal"
  | "date"
  | "datetime"
  | "flag"
  | "choice"
  | "group"
  | "list"
  | "pairs"
  | "file";

export interface Source {
  key: string;
  /** The inputs of the form that it cannot do without. */
  needs: string[];
  /** The inputs of the form that narrow its choices, if they are filled in. */
  narrowedBy: string[];
}

export interface Field {
  key: string;
  label: string;
  help: string;
  required: boolean;
  control: Control;
  example?: string;
  default?: unknown;
  choices?: Choice[];
  /** Values to offer where others are allowed, too. */
  suggestions?: string[];
  source?: Source;
  /** The fields of a group. */
  fields?: Field[];
  /** What a list consists of. */
  item?: Field;
  /** Whether the value of a pair may be a file. `suggestions` are the names that a pair may have. */
  files?: boolean;
}

/** What a nested key is filled from, learned from the inputs of the same key. */
export type Sources = Map<string, Source>;

const sourceOf = (key: string): Source => ({ key, needs: [], narrowedBy: [] });

export function sourcesOf(inputs: Input[]): Sources {
  const sources: Sources = new Map();
  for (const { key, dataSource, dataSourceInputs } of inputs) {
    // Nested fields cannot name what a dependent source needs.
    if (dataSource && !dataSourceInputs) sources.set(key, sourceOf(dataSource));
  }
  return sources;
}

/** Builds the fields of a unit, in the order of its inputs. */
export function fieldsOf(schema: Schema, inputs: Input[], sources: Sources): Field[] {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const required = namesIn(schema.required);
  const shown = inputs.filter((input) => input.type !== "connection" && !input.hidden);
  return shown.map((input) => {
    const own = new Builder(sources).field(input.key, properties[input.key], required.includes(input.key));
    return named(merged(own, input));
  });
}

/** Adds what only the manifest says. */
function merged(field: Field, input: Input): Field {
  const whole: Field = {
    ...field,
    label: input.label,
    help: field.help || input.description,
    example: input.example,
    default: field.default ?? (input.default === "" ? undefined : input.default),
    required: input.required,
  };
  if (whole.choices && input.options) whole.choices = input.options.filter(({ value }) => value !== "");
  if (input.type === "password") whole.control = "password";
  if (input.type === "data") {
    whole.control = "file";
    // What follows is its form in JSON, which a person who picks a file need not know.
    whole.help = whole.help.replace(/:.*/, ".");
  }
  if (input.collection === "keyvaluelist") whole.control = "pairs";
  if (input.type === "text" && whole.control === "text") whole.control = "multiline";
  if (input.dataSource) {
    const [needs, narrowedBy] = [input.dataSourceInputs ?? [], input.dataSourceNarrowedBy ?? []];
    const source = { key: input.dataSource, needs, narrowedBy };
    if (whole.item) whole.item = { ...whole.item, source };
    else whole.source = source;
  }
  return whole;
}

/** Names a field that is chosen from a list by what is chosen: not `Customer ID` but `Customer`. */
function named(field: Field): Field {
  if (field.source) return { ...field, label: field.label.replace(/ IDs?$/, "") };
  return field.item?.source ? { ...field, label: field.label.replace(/ IDs$/, "s") } : field;
}

const namesIn = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

class Builder {
  constructor(private readonly sources: Sources) {}

  field(key: string, given: unknown, required: boolean): Field {
    const schema = unwrap(given);
    const choices = choicesOf(schema);
    const label = typeof schema.title === "string" ? schema.title : words(key);
    const help = typeof schema.description === "string" ? schema.description : "";
    const base = { key, label, help, required, default: schema.default };
    const types = namesIn(Array.isArray(schema.type) ? schema.type : [schema.type]).filter((type) => type !== "null");
    if (types.includes("boolean")) return { ...base, control: "flag" };
    if (isFlag(choices)) return { ...base, control: "flag", choices };
    if (choices.length > 0) return { ...base, control: "choice", choices };
    if (types.includes("array") && isRecord(schema.items)) return this.list(base, schema.items);
    if (types.includes("object") && isRecord(schema.properties)) {
      return { ...base, control: "group", fields: this.members(schema) };
    }
    const control = controlOf(schema, types);
    const source = control === "id" ? this.sourceOf(key, schema) : undefined;
    const suggestions =
      control === "text" && namesIn(schema.examples).length > 0 ? namesIn(schema.examples) : undefined;
    return named({ ...base, control, source, suggestions });
  }

  private list(base: Omit<Field, "control">, items: Schema): Field {
    const item = this.field(base.key, items, true);
    const keys = (item.fields ?? []).map((field) => field.key).sort();
    if (keys.join() === "key,value") {
      const value = item.fields?.find((field) => field.key === "value");
      const files = value?.control === "json" || value?.control === "multiline";
      return { ...base, control: "pairs", files, suggestions: namesOfPairs(items) };
    }
    const source = item.control === "id" ? (item.source ?? this.sources.get(base.key.replace(/s$/, ""))) : undefined;
    const label = base.label.replace(source ? /( ID)?s$/ : /s$/, "");
    return named({
      ...base,
      control: "list",
      item: { ...item, key: "", label, help: item.fields ? "" : item.help, source },
    });
  }

  private members(schema: Schema): Field[] {
    const required = namesIn(schema.required);
    const properties = Object.entries(schema.properties as Schema);
    return properties.map(([key, property]) => this.field(key, property, required.includes(key)));
  }

  private sourceOf(key: string, schema: Schema): Source | undefined {
    const hint = schema["x-dataSource"];
    return typeof hint === "string" ? sourceOf(hint) : this.sources.get(key);
  }
}

/** Takes the one alternative that is not `null`. */
function unwrap(schema: unknown): Schema {
  if (!isRecord(schema)) return {};
  for (const several of [schema.anyOf, schema.oneOf, schema.allOf]) {
    const some = Array.isArray(several) ? several.filter((one) => isRecord(one) && one.type !== "null") : [];
    const only = some.length === 1 ? unwrap(some[0]) : {};
    if (only.type || only.properties)
      return { ...only, ...schema, type: only.type, anyOf: undefined, oneOf: undefined };
  }
  return schema;
}

/** The names that pairs may have, by the alternatives of their key. */
function namesOfPairs(items: Schema): string[] | undefined {
  const properties = isRecord(items.properties) ? items.properties : {};
  const key = isRecord(properties.key) ? properties.key : {};
  const alternatives = [key, ...(Array.isArray(key.anyOf) ? key.anyOf : [])].filter(isRecord);
  const names = alternatives.flatMap((one) => choicesOf(one)).map(({ value }) => value);
  return names.length > 0 ? names : undefined;
}

/** Text that consists of digits only, by its pattern. */
const isId = (schema: Schema) =>
  typeof schema.pattern === "string" &&
  !schema.pattern.includes("\\.") &&
  /^\^?[^a-zA-Z]*$/.test(schema.pattern) &&
  schema.pattern.includes("[0-9]");

function controlOf(schema: Schema, types: string[]): Control {
  const [type, ...others] = types;
  if (type === undefined || others.length > 0) {
    const any = Array.isArray(schema.anyOf) ? schema.anyOf : [];
    return any.some((one) => isRecord(one) && one.type === "string") ? "multiline" : "json";
  }
  const format = schema.format ?? schema["x-format"];
  if (type === "string" && format === "date-time") return "datetime";
  if (type === "string" && format === "date") return "date";
  if (type === "string") return isId(schema) ? "id" : "text";
  if (type === "integer") return "integer";
  return type === "number" ? "decimal" : "json";
}

function choicesOf(schema: Schema): Choice[] {
  const enumerated = Array.isArray(schema.enum) ? schema.enum.map((value) => ({ const: value })) : [];
  const options = (Array.isArray(schema.oneOf) ? schema.oneOf : enumerated).filter(isRecord);
  if (options.some((option) => !("const" in option))) return [];
  const given = options.filter((option) => option.const !== null && option.const !== "");
  return given.map((option) => ({ value: String(option.const), label: String(option.title ?? option.const) }));
}

const isFlag = (choices: Choice[]) =>
  choices
    .map(({ value }) => value)
    .sort()
    .join() === "false,true";
