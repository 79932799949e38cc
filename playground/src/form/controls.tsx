// The controls of single values.
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Field } from "./fields";
import { JsonText } from "./values";

export interface ControlProps {
  field: Field;
  id: string;
  value: unknown;
  onChange(value: unknown): void;
  onTouch(): void;
  describedBy?: string;
  invalid?: boolean;
}

const textOf = (value: unknown) => (value === undefined || value === null ? "" : String(value));

const aria = (props: ControlProps) => ({
  id: props.id,
  "aria-describedby": props.describedBy,
  "aria-invalid": props.invalid || undefined,
  "aria-required": props.field.required || undefined,
  onBlur: props.onTouch,
});

export function TextBox(props: ControlProps) {
  const { field, value, onChange } = props;
  const number = field.control === "integer" || field.control === "id" ? "numeric" : undefined;
  const example = field.example ?? (field.default === undefined ? undefined : String(field.default));
  const usesExample = field.example !== undefined && textOf(value) === "" && field.control !== "password";
  return (
    <div class="with-action">
      <input
        {...aria(props)}
        // The types of elements do not know that it is one or the other.
        type={(field.control === "password" ? "password" : "text") as "text"}
        inputMode={field.control === "decimal" ? "decimal" : number}
        autocomplete="off"
        spellcheck={field.control === "text"}
        placeholder={field.control === "password" ? undefined : example}
        value={textOf(value)}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      {usesExample && (
        <button
          type="button"
          class="inside"
          aria-label={`Use example for ${field.label}`}
          onClick={() => onChange(field.example)}
        >
          Use example
        </button>
      )}
    </div>
  );
}

export function TextArea(props: ControlProps) {
  const { field, value, onChange } = props;
  const isCode = field.control === "json" || value instanceof JsonText || field.control === "multiline";
  const text =
    value instanceof JsonText
      ? value.text
      : typeof value === "object" && value
        ? JSON.stringify(value, null, 2)
        : textOf(value);
  return (
    <textarea
      {...aria(props)}
      class={isCode ? "code" : ""}
      rows={Math.min(16, Math.max(3, text.split("\n").length))}
      spellcheck={!isCode}
      placeholder={field.control === "json" ? "{ }" : field.example}
      value={text}
      onInput={(event) => {
        const typed = event.currentTarget.value;
        onChange(value instanceof JsonText ? new JsonText(typed) : typed);
      }}
    />
  );
}

/** A few choices side by side. */
export function Segments({ props, options }: { props: ControlProps; options: { value: unknown; label: string }[] }) {
  const { field, id, value, onChange, describedBy, invalid, onTouch } = props;
  const chosen = textOf(value ?? field.default);
  return (
    <div
      class="segments"
      role="radiogroup"
      id={id}
      aria-labelledby={`${id}-label`}
      aria-describedby={describedBy}
      aria-invalid={invalid || undefined}
      aria-required={field.required || undefined}
      tabIndex={-1}
    >
      {options.map((option) => (
        <label key={option.label}>
          <input
            type="radio"
            name={id}
            checked={chosen === textOf(option.value)}
            onBlur={onTouch}
            onChange={() => onChange(option.value)}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </div>
  );
}

/** A flag: yes, no or, without a default, neither. */
export const Flag = (props: ControlProps) => (
  <Segments
    props={props}
    options={[
      { value: isText(props.field) ? "true" : true, label: "Yes" },
      { value: isText(props.field) ? "false" : false, label: "No" },
    ]}
  />
);

/** Whether the schema has the flag as text. */
const isText = (field: Field) => field.choices !== undefined;

/** Whether a field's choices are few and short enough to stand side by side. */
export function isSegmented({ control, choices = [] }: Field): boolean {
  const isShort = choices.length <= 4 && choices.every(({ label }) => label.length <= 14);
  return control === "flag" || (control === "choice" && isShort);
}

export function Choices(props: ControlProps) {
  const { field, value, onChange } = props;
  const choices = field.choices ?? [];
  if (isSegmented(field)) return <Segments props={props} options={choices} />;
  const chosen = textOf(value ?? field.default);
  return (
    <div class="select">
      <select {...aria(props)} value={chosen} onChange={(event) => onChange(event.currentTarget.value || undefined)}>
        {field.default === undefined && <option value="">Choose…</option>}
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
      <span class="chevron" aria-hidden="true" />
    </div>
  );
}

export interface FileValue {
  fileName: string;
  contentType: string;
  data: string;
}

/** Reads a file as base64. */
export function readFile(file: File): Promise<FileValue> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      const data = String(reader.result).split(",")[1] ?? "";
      resolve({ fileName: file.name, contentType: file.type || "application/octet-stream", data });
    };
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

export const isFile = (value: unknown): value is FileValue =>
  typeof value === "object" && value !== null && "fileName" in value && "data" in value;

const sizeOf = (file: FileValue) => {
  const bytes = Math.floor((file.data.length * 3) / 4);
  return bytes < 1024 ? `${bytes} bytes` : `${(bytes / 1024).toFixed(bytes < 10_240 ? 1 : 0)} KB`;
};

export function FileName({ file }: { file: FileValue }): ComponentChildren {
  return (
    <span class="file-name">
      {file.fileName}{" "}
      <small>
        {sizeOf(file)}, {file.contentType}
      </small>
    </span>
  );
}

export function FileBox(props: ControlProps) {
  const { value, onChange, onTouch } = props;
  const picker = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const take = async (file: File | undefined) => {
    if (file) onChange(await readFile(file));
    onTouch();
  };
  return (
    <div
      class={`drop ${over ? "over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void take(event.dataTransfer?.files[0]);
      }}
    >
      {isFile(value) ? <FileName file={value} /> : <span class="muted">Drop a file here, or</span>}
      <button
        {...aria({ ...props, field: { ...props.field, required: false } })}
        aria-invalid={undefined}
        type="button"
        class="quiet"
        onClick={() => picker.current?.click()}
      >
        {isFile(value) ? "Choose another" : "Choose a file"}
      </button>
      <input ref={picker} type="file" hidden onChange={(event) => void take(event.currentTarget.files?.[0])} />
    </div>
  );
}
