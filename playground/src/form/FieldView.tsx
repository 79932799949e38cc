// A field with its label, help and error; groups and lists hold others.
import { isRecord, parse } from "../json";
import { Rich } from "../Rich";
import { AddField } from "./AddField";
import { idOf, useForm } from "./context";
import type { ControlProps } from "./controls";
import { Choices, FileBox, Flag, isSegmented, TextArea, TextBox } from "./controls";
import { DateBox } from "./DateBox";
import type { Field } from "./fields";
import { Help } from "./Help";
import { Pairs } from "./Pairs";
import { SourceBox } from "./SourceBox";
import { SuggestBox } from "./SuggestBox";
import type { Values } from "./values";
import { blank, clean, CLEAR, join, JsonText } from "./values";

interface Props {
  field: Field;
  path: string;
  value: unknown;
  onChange(value: unknown): void;
  onRemove?(): void;
  /** The label of an entry of a list, which has its number. */
  label?: string;
}

const CONTROLS: Partial<Record<Field["control"], (props: ControlProps) => preact.JSX.Element>> = {
  multiline: TextArea,
  json: TextArea,
  date: DateBox,
  datetime: DateBox,
  flag: Flag,
  choice: Choices,
  file: FileBox,
};

function controlOf(field: Field) {
  if (field.source) return SourceBox;
  return field.suggestions ? SuggestBox : (CONTROLS[field.control] ?? TextBox);
}

const isNested = (field: Field) => ["group", "list", "pairs"].includes(field.control);

const isWide = (field: Field) => isNested(field) || ["multiline", "json", "file"].includes(field.control);

export function FieldView(props: Props) {
  const { field, path, value, onChange, onRemove } = props;
  const form = useForm();
  const [id, label] = [idOf(path), props.label ?? field.label];
  const asJson = value instanceof JsonText;
  const nested = isNested(field) && !asJson;
  const found = asJson ? firstBelow(form.errors, path) : form.errors.get(path);
  const error = form.isTouched(path) ? found : undefined;
  // What only repeats the label is no help.
  const help = field.help.toLowerCase() === `the ${label.toLowerCase()}.` ? "" : field.help;
  // In place of the help, so that what is clicked next does not move away.
  const describedBy = error || help ? `${id}-help` : undefined;
  const message = error ? <Message id={`${id}-help`} text={error} /> : help && <Help id={`${id}-help`} text={help} />;
  const control = {
    field,
    id,
    value,
    onChange,
    onTouch: () => form.touch(path),
    describedBy,
    invalid: error !== undefined,
  };
  const Control = asJson ? TextArea : controlOf(field);
  const labelsGroup = nested || isSegmented(field);
  const isMarked = field.required && props.label === undefined && field.default === undefined;
  const Label = labelsGroup ? "span" : "label";
  return (
    <div class={`field is-${field.control} ${isWide(field) || asJson ? "wide" : ""} ${nested ? "nested" : ""}`}>
      <div class="field-head">
        <Label
          class={`label ${isMarked ? "is-required" : ""}`}
          id={`${id}-label`}
          {...(labelsGroup ? {} : { for: id })}
        >
          {label}
        </Label>
        {field.default !== undefined && !isNested(field) && value === undefined && <span class="tag">default</span>}
        {["group", "list"].includes(field.control) && !/[.[]/.test(path) && <JsonToggle {...props} label={label} />}
        {onRemove && (
          <button type="button" class="remove" aria-label={`Remove ${label}`} onClick={onRemove}>
            ×
          </button>
        )}
      </div>
      {nested && message}
      {nested ? <Nested {...props} control={control} /> : <Control {...control} />}
      {!nested && message}
    </div>
  );
}

const Message = ({ id, text }: { id: string; text: string }) => (
  <p class="error" id={id}>
    <Rich text={text} />
  </p>
);

function firstBelow(errors: Map<string, string>, path: string): string | undefined {
  const found = [...errors].find(([at]) => at === path || at.startsWith(`${path}.`) || at.startsWith(`${path}[`));
  return found && (found[0] === path ? found[1] : `${found[0].slice(path.length).replace(/^\./, "")}: ${found[1]}`);
}

/** Switches between the form of a value and its JSON text. */
function JsonToggle({ field, value, onChange, label }: Props) {
  const toText = () => new JsonText(JSON.stringify(clean(field, value) ?? blank(field), null, 2));
  const toForm = (text: string) => {
    try {
      const given = text.trim() === "" ? undefined : parse(text);
      if (field.control === "list" ? Array.isArray(given) : isRecord(given)) onChange(given);
    } catch {
      // The text stays, with the error that the check shows.
    }
  };
  const isText = value instanceof JsonText;
  return (
    <button
      type="button"
      class="toggle"
      aria-pressed={isText}
      aria-label={`Edit ${label} as JSON`}
      onClick={() => (isText ? toForm(value.text) : onChange(toText()))}
    >
      JSON
    </button>
  );
}

function Nested({ field, path, value, onChange, control }: Props & { control: ControlProps }) {
  if (field.control === "pairs") return <Pairs {...control} path={path} />;
  if (field.control === "list") return <List field={field} path={path} value={value} onChange={onChange} />;
  return (
    <div class="group" role="group" id={idOf(path)} aria-labelledby={`${idOf(path)}-label`} tabIndex={-1}>
      <Members fields={field.fields ?? []} path={path} values={isRecord(value) ? value : {}} onChange={onChange} />
    </div>
  );
}

interface MembersProps {
  fields: Field[];
  path: string;
  values: Values;
  onChange(values: Values): void;
}

/** The fields of a group: those that it needs, those that were added, and a box to add more. */
export function Members({ fields, path, values, onChange }: MembersProps) {
  const view = (field: Field) => {
    const { [field.key]: _, ...others } = values;
    return (
      <FieldView
        key={field.key}
        field={field}
        path={join(path, field.key)}
        value={values[field.key]}
        onChange={(value) => onChange({ ...values, [field.key]: value })}
        onRemove={field.required ? undefined : () => onChange(others)}
      />
    );
  };
  const optional = fields.filter((field) => !field.required);
  const added = Object.keys(values).flatMap((key) => optional.find((field) => field.key === key) ?? []);
  const left = optional.filter((field) => !(field.key in values));
  const add = (field: Field) => {
    onChange({ ...values, [field.key]: blank(field) });
    focusSoon(join(path, field.key));
  };
  return (
    <div class="members">
      {fields.filter((field) => field.required).map(view)}
      {added.map(view)}
      {left.length > 0 && <AddField path={path} fields={left} total={optional.length} onAdd={add} />}
    </div>
  );
}

/** Moves to a field once it is on the page. */
export function focusSoon(path: string) {
  requestAnimationFrame(() => {
    const target = document.getElementById(idOf(path));
    const inner = target?.matches("input, select, textarea, button")
      ? target
      : target?.querySelector<HTMLElement>("input, select, textarea, button");
    (inner ?? target)?.focus();
    target?.closest(".field")?.scrollIntoView({ block: "nearest" });
  });
}

function List({ field, path, value, onChange }: Omit<Props, "onRemove" | "label">) {
  const { canClear } = useForm();
  const items = Array.isArray(value) ? value : [];
  const item = field.item as Field;
  const isPlain = !isNested(item);
  const isLast = field.required && items.length === 1;
  const add = () => {
    onChange([...items, blank(item)]);
    focusSoon(join(path, items.length));
  };
  return (
    <div
      class={isPlain ? "list plain" : "list"}
      id={idOf(path)}
      role="group"
      aria-labelledby={`${idOf(path)}-label`}
      tabIndex={-1}
    >
      {items.map((one, index) => (
        <div class={isPlain ? "" : "card"} key={index}>
          <FieldView
            field={isPlain ? { ...item, help: "", required: false } : item}
            path={join(path, index)}
            value={one}
            label={`${item.label} ${index + 1}`}
            onChange={(next) => onChange(items.map((old, at) => (at === index ? next : old)))}
            onRemove={isLast ? undefined : () => onChange(items.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      {value === CLEAR ? (
        <p class="cleared">
          The list will be emptied at the service.{" "}
          <button type="button" class="link" onClick={() => onChange([])}>
            Undo
          </button>
        </p>
      ) : (
        <div class="row">
          <button type="button" class="add" onClick={add}>
            <span aria-hidden="true">+</span> Add {item.label.toLowerCase()}
          </button>
          {canClear && items.length === 0 && (
            <button type="button" class="add" onClick={() => onChange(CLEAR)}>
              Empty the list at the service
            </button>
          )}
        </div>
      )}
    </div>
  );
}
