// A text field that offers the usual values, and takes every other.
import { Combobox } from "./Combobox";
import type { ControlProps } from "./controls";

export function SuggestBox({ field, id, value, onChange, onTouch, describedBy, invalid }: ControlProps) {
  const options = (field.suggestions ?? []).map((text) => ({ key: text, label: text }));
  return (
    <Combobox
      id={id}
      text={value === undefined ? "" : String(value)}
      placeholder="Choose or type…"
      describedBy={describedBy}
      invalid={invalid}
      required={field.required}
      find={(query) => ({ options: options.filter(({ key }) => key.toLowerCase().includes(query.toLowerCase())) })}
      onPick={({ key }) => onChange(key)}
      onText={onChange}
      onLeave={onTouch}
    />
  );
}
