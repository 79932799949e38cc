// A text field that offers the usual values, and takes every other.
import { Combobox } from "./Combobox";
import type { ControlProps } from "./controls";

interface Props extends ControlProps {
  label?: string;
  placeholder?: string;
}

export function SuggestBox(props: Props) {
  const { field, id, label, value, onChange, onTouch, describedBy, invalid, placeholder = "Choose or type…" } = props;
  const options = (field.suggestions ?? []).map((text) => ({ key: text, label: text }));
  return (
    <Combobox
      id={id}
      text={value === undefined ? "" : String(value)}
      label={label}
      placeholder={placeholder}
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
