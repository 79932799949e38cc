// Examples for what is required and still empty, so that a unit can be tried at once.
import { isRecord } from "../json";
import type { Field, Source } from "./fields";
import type { Values } from "./values";
import { blank, clean } from "./values";

/** Returns the first choice of a data source, given the values of the form. */
export type FirstChoice = (source: Source, values: Values) => Promise<string | undefined>;

/** Returns the values with an example for each required field that is empty. */
export function withExamples(fields: Field[], values: Values, first: FirstChoice): Promise<Values> {
  // Times follow each other, so that an end is after its start.
  const hour = 60 * 60 * 1000;
  let time = Math.ceil(Date.now() / hour) * hour + 24 * hour;
  const nextTime = () => {
    const text = new Date(time).toISOString().replace(".000", "");
    time += 2 * hour;
    return text;
  };
  const all = { ...values };

  const single = async (field: Field): Promise<unknown> => {
    if (field.default !== undefined) return undefined;
    if (field.source) return first(field.source, all);
    const quoted = field.help.match(/such as `([^`]+)`/)?.[1];
    const example = field.example ?? field.suggestions?.[0] ?? field.choices?.[0]?.value;
    switch (field.control) {
      case "flag":
        return field.choices ? "false" : false;
      case "datetime":
        return nextTime();
      case "date":
        return nextTime().slice(0, 10);
      case "integer":
      case "decimal":
        return example ?? "1";
      case "text":
      case "multiline":
        return example ?? quoted ?? `Example ${field.label.toLowerCase()}`;
      case "file":
        return { fileName: "example.txt", contentType: "text/plain", data: btoa("An example.") };
      default:
        return example;
    }
  };
  const ofField = async (field: Field, value: unknown): Promise<unknown> => {
    if (field.control === "group") return ofGroup(field.fields ?? [], isRecord(value) ? { ...value } : {});
    if (field.control !== "list" || !field.item) return clean(field, value) === undefined ? single(field) : value;
    const items = Array.isArray(value) && value.length > 0 ? [...value] : [blank(field.item)];
    for (const [index, item] of items.entries()) items[index] = await ofField(field.item, item);
    return items;
  };
  // One after the other: a data source may need what an earlier field was filled with.
  const ofGroup = async (members: Field[], into: Values): Promise<Values> => {
    for (const field of members) {
      if (field.required) into[field.key] = await ofField(field, into[field.key]);
    }
    return into;
  };
  return ofGroup(fields, all);
}
