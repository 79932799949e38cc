// Pairs of a key and a value, in their order; a key may occur twice.
import { useRef } from "preact/hooks";
import { useForm } from "./context";
import type { ControlProps } from "./controls";
import { FileName, isFile, readFile } from "./controls";
import { SuggestBox } from "./SuggestBox";
import type { Pair } from "./values";
import { join } from "./values";

export function Pairs(props: ControlProps & { path: string }) {
  const { field, id, path, value, onChange, onTouch } = props;
  const { errors } = useForm();
  const picker = useRef<HTMLInputElement>(null);
  const target = useRef(0);
  const pairs = Array.isArray(value) ? (value as Pair[]) : [];
  const change = (index: number, member: Partial<Pair>) =>
    onChange(pairs.map((pair, at) => (at === index ? { ...pair, ...member } : pair)));
  const pick = async (file: File | undefined) => {
    if (file) change(target.current, { value: await readFile(file) });
  };
  return (
    <div
      class="pairs"
      id={id}
      role="group"
      aria-labelledby={`${id}-label`}
      aria-describedby={props.describedBy}
      tabIndex={-1}
    >
      {pairs.map((pair, index) => (
        <div class="pair" key={index}>
          <NameBox
            {...props}
            id={`${id}-name-${index}`}
            label={`Name ${index + 1}`}
            value={pair.key}
            invalid={errors.has(join(path, index)) || errors.has(join(join(path, index), "key"))}
            onChange={(key) => change(index, { key: String(key) })}
          />
          {isFile(pair.value) ? (
            <FileName file={pair.value} />
          ) : (
            <input
              type="text"
              aria-label={`Value ${index + 1}`}
              placeholder="Value"
              autocomplete="off"
              value={String(pair.value ?? "")}
              onBlur={onTouch}
              onInput={(event) => change(index, { value: event.currentTarget.value })}
            />
          )}
          {field.files && (
            <button
              type="button"
              class="quiet small"
              aria-label={`Choose a file for pair ${index + 1}`}
              onClick={() => {
                target.current = index;
                picker.current?.click();
              }}
            >
              File
            </button>
          )}
          <button
            type="button"
            class="remove"
            aria-label={`Remove pair ${index + 1}`}
            onClick={() => onChange(pairs.filter((_, at) => at !== index))}
          >
            ×
          </button>
        </div>
      ))}
      <button type="button" class="add" onClick={() => onChange([...pairs, { key: "", value: "" }])}>
        <span aria-hidden="true">+</span> Add pair
      </button>
      <input ref={picker} type="file" hidden onChange={(event) => void pick(event.currentTarget.files?.[0])} />
    </div>
  );
}

/** The name of a pair: one of those that are offered, if any are. */
function NameBox(props: ControlProps & { label: string }) {
  const { field, id, label, value, invalid, onChange, onTouch } = props;
  if (field.suggestions) {
    const optional = { ...field, required: false };
    return <SuggestBox {...props} field={optional} describedBy={undefined} placeholder="Name" />;
  }
  return (
    <input
      id={id}
      type="text"
      aria-label={label}
      placeholder="Name"
      autocomplete="off"
      spellcheck={false}
      aria-invalid={invalid || undefined}
      value={String(value)}
      onBlur={onTouch}
      onInput={(event) => onChange(event.currentTarget.value)}
    />
  );
}
