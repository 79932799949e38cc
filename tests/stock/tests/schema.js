// What a schema says about a value.

/** The schema in one piece, where parts of it are named elsewhere in the document or stand in an `allOf`. */
export function resolve(root, schema) {
  if (!schema?.$ref && !schema?.allOf) return schema;
  const { $ref, allOf = [], ...own } = schema;
  const target = $ref?.split("/").slice(1).reduce((place, step) => place[step], root);
  const parts = [target, ...allOf].filter((part) => part && !part.if);
  return Object.assign({}, ...parts.map((part) => resolve(root, part)), own);
}

export const typesOf = (schema) => [schema.type ?? (schema.properties ? "object" : [])].flat();

const typeOf = (value) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);

/** Whether a value may have been meant by a schema: by its type and its choices. */
function fits(root, schema, value) {
  const { oneOf, enum: values, anyOf, ...rest } = resolve(root, schema);
  if (oneOf && !("const" in oneOf[0])) return oneOf.some((one) => fits(root, one, value));
  if (oneOf || values) return choiceFor({ oneOf, enum: values }, value) !== undefined;
  if (anyOf) return anyOf.some((one) => fits(root, one, value));
  const types = typesOf(rest);
  return types.length === 0 || types.includes(typeOf(value)) || (types.includes("integer") && Number.isInteger(value));
}

export const isCombined = ({ anyOf, oneOf }) => Boolean(anyOf ?? (oneOf && !("const" in oneOf[0])));

export const choicesOf = ({ oneOf, enum: values }) =>
  oneOf?.map((one) => ({ value: one.const, label: one.title ?? String(one.const) })) ?? values?.map((value) => ({ value, label: String(value) }));

/** The choice that is meant by a value, in whatever letter case. */
export const choiceFor = (schema, value) =>
  choicesOf(schema)?.map((choice, index) => ({ ...choice, index })).find((choice) => String(choice.value).toLowerCase() === String(value).toLowerCase());

const hasInputs = (schema) => Boolean(schema.properties ?? schema.items);
const isStructured = (value) => value !== null && typeof value === "object";

/** The option of an `anyOf` that a value is meant for, and the value as it is typed there: JSON, where it has no inputs. */
export function optionFor(root, schema, value) {
  const options = (schema.anyOf ?? schema.oneOf).map((option) => resolve(root, option));
  const index = options.findIndex((option) => fits(root, option, value) && (hasInputs(option) || !isStructured(value)));
  const text = options.findIndex((option) => option.type === "string");
  const place = index < 0 && isStructured(value) ? text : index;
  if (place < 0) throw new Error(`no option for ${JSON.stringify(value)} in ${JSON.stringify(schema)}`);
  return { index: place, option: options[place], typed: place === index ? value : JSON.stringify(value) };
}

/** A schema without the choice of leaving the value out. */
export function given(root, schema) {
  const resolved = resolve(root, schema);
  const options = (resolved.anyOf ?? []).filter((option) => option.type !== "null");
  return options.length === 1 ? { ...resolved, anyOf: undefined, ...resolve(root, options[0]) } : resolved;
}

/** A moment as a clock shows it where the browser is. */
export const wallClock = (moment) => new Date(moment).toLocaleString("sv-SE", { timeZone: ZONE }).replace(" ", "T").slice(0, 16);

/** Far from UTC, so that a time without its zone does not pass by luck. */
export const ZONE = "America/Los_Angeles";

export const LARGE = "9007199254740993";

function isId(schema) {
  const matches = (text) => new RegExp(schema.pattern, "u").test(text);
  if (typesOf(schema).includes("string")) return Boolean(schema.pattern) && matches(LARGE) && !matches("abc") && !matches("AAAA");
  return typesOf(schema).includes("integer") && !(schema.maximum < Number(LARGE));
}

/** The value with a large number as every id, also of those inside that it leaves out, but for additional fields. */
export function withLargeIds(root, schema, value, isAdditional = false) {
  const meant = given(root, schema);
  if (isId(meant) && !choicesOf(meant)) return LARGE;
  if (Array.isArray(value)) return value.map((item) => withLargeIds(root, meant.items, item));
  if (value === null || typeof value !== "object") return value;
  const present = Object.entries(value).map(([key, member]) => [key, meant.properties?.[key] ? withLargeIds(root, meant.properties[key], member, key === "additionalFields") : member]);
  const others = isAdditional ? [] : Object.entries(meant.properties ?? {}).filter(([key]) => !(key in value));
  const absent = others.flatMap(([key, member]) => {
    const inside = given(root, member);
    if (isId(inside)) return [[key, LARGE]];
    return inside.items && isId(given(root, inside.items)) ? [[key, [LARGE]]] : [];
  });
  return Object.fromEntries([...present, ...absent]);
}

/** The value without empty text, which nobody can type. */
export function typed(value) {
  if (Array.isArray(value)) return value.map(typed);
  if (!isStructured(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== "").map(([key, member]) => [key, typed(member)]));
}

/** The ids of a schema that stand at its top. */
export const idsAtTop = (root) => Object.keys(root.properties).filter((key) => isId(given(root, root.properties[key])));
