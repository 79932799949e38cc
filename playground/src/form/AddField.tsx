// Adds an optional field: chips for a few, a box to search for many.
import { Combobox } from "./Combobox";
import { idOf } from "./context";
import type { Field } from "./fields";

/** How many fields are shown side by side. */
const CHIPS = 8;

const firstSentence = (text: string) => text.split(/(?<=\.) /)[0]?.replace(/`/g, "") ?? "";

interface Props {
  path: string;
  fields: Field[];
  /** How many there are, with those that were added. */
  total: number;
  onAdd(field: Field): void;
}

export function AddField({ path, fields, total, onAdd }: Props) {
  const what = path === "" ? "input" : "field";
  if (total <= CHIPS) {
    return (
      <div class="chips wide" role="group" aria-label={`Optional ${what}s`}>
        {fields.map((field) => (
          <button
            type="button"
            class="chip"
            key={field.key}
            title={firstSentence(field.help)}
            onClick={() => onAdd(field)}
          >
            <span aria-hidden="true">+</span> {field.label}
          </button>
        ))}
      </div>
    );
  }
  const options = fields.map((field) => ({ key: field.key, label: field.label, help: firstSentence(field.help) }));
  const find = (query: string) => {
    const wanted = query.toLowerCase().trim();
    return { options: options.filter((option) => `${option.label} ${option.help}`.toLowerCase().includes(wanted)) };
  };
  return (
    <Combobox
      id={`${idOf(path)}-add`}
      class="adder wide"
      text=""
      label={`Add an optional ${what}`}
      placeholder={`Add an optional ${what}… (${fields.length})`}
      icon={
        <span class="plus" aria-hidden="true">
          +
        </span>
      }
      find={find}
      onPick={({ key }) => onAdd(fields.find((field) => field.key === key)!)}
    />
  );
}
