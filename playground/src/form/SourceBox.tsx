// A dropdown that a data source fills, searched at the service.
import { useEffect, useState } from "preact/hooks";
import type { Option } from "./Combobox";
import { Combobox } from "./Combobox";
import { useForm } from "./context";
import type { Source } from "./fields";
import type { ControlProps } from "./controls";

/** How many choices are shown at once. */
const LIMIT = 50;

const isId = (text: string) => /^-?\d{1,19}$/.test(text.trim());

export function SourceBox({ field, id, value, onChange, onTouch, describedBy, invalid }: ControlProps) {
  const form = useForm();
  const source = field.source as Source;
  const key = value === undefined ? "" : String(value);
  const [labels, setLabels] = useState(new Map<string, string>());
  const know = (options: Option[]) =>
    setLabels((known) => new Map([...known, ...options.map((it) => [it.key, it.label] as const)]));
  const missing = form.missing(source);
  const context = form.sourceKey(source);

  const ask = async (more: Record<string, unknown>) => {
    const outcome = await form.choices(source, more);
    if (!outcome.ok) return { options: [], note: `The choices cannot be read: ${outcome.error.message}` };
    const options = (outcome.reply.result ?? []) as Option[];
    know(options);
    const note = outcome.reply.truncated ? `The first ${options.length} of more: type to search all.` : undefined;
    return { options, note };
  };

  // A value that came from elsewhere is looked up, for its label.
  useEffect(() => {
    if (key !== "" && !labels.has(key) && missing.length === 0) void ask({ value: key });
  }, [key, context]);

  const typed = (query: string): Option | undefined =>
    isId(query) ? { key: query.trim(), label: `Use the id ${query.trim()}` } : undefined;
  const find = async (query: string) => {
    const found = await ask({ limit: LIMIT, ...(query.trim() === "" ? {} : { search: query.trim() }) });
    const own = typed(query);
    const known = found.options.some((option) => option.key === own?.key);
    return own && !known ? { ...found, options: [...found.options, own] } : found;
  };
  return (
    <Combobox
      id={id}
      text={key === "" ? "" : (labels.get(key) ?? key)}
      placeholder={missing.length > 0 ? `Choose ${missing.join(" and ")} first` : "Search, or paste an id…"}
      describedBy={describedBy}
      invalid={invalid}
      required={field.required}
      disabled={missing.length > 0}
      patience={200}
      find={find}
      typed={typed}
      onPick={(option) => {
        if (!option.label.startsWith("Use the id")) know([option]);
        onChange(option.key);
      }}
      onClear={() => onChange(undefined)}
      onLeave={onTouch}
    />
  );
}
