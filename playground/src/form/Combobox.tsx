// A box to type in with a list to choose from, as the ARIA pattern has it.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

export interface Option {
  key: string;
  label: string;
  help?: string;
}

export interface Found {
  options: Option[];
  /** What to know about the list: that there is more, or why there is none. */
  note?: string;
}

/** The text of an option, with an id that ends it set apart. */
function OptionText({ option }: { option: Option }) {
  const id = ` (ID: ${option.key})`;
  const label = option.label.endsWith(id) ? option.label.slice(0, -id.length) : option.label;
  return (
    <>
      <span>{label}</span>
      {label !== option.label && <span class="option-id">{option.key}</span>}
      {option.help && <small>{option.help}</small>}
    </>
  );
}

interface Props {
  id: string;
  /** The text of the present choice. */
  text: string;
  placeholder?: string;
  label?: string;
  describedBy?: string;
  invalid?: boolean;
  required?: boolean;
  disabled?: boolean;
  class?: string;
  icon?: ComponentChildren;
  /** Finds what to offer for a text. */
  find(query: string): Promise<Found> | Found;
  /** How long to wait for more keys, in milliseconds. */
  patience?: number;
  onPick(option: Option): void;
  /** Takes the text as it is typed, if the value need not be one of those that are offered. */
  onText?(text: string): void;
  onClear?(): void;
  onLeave?(): void;
  /** What a text stands for that was typed and not picked. */
  typed?(query: string): Option | undefined;
}

export function Combobox(props: Props) {
  const [open, setOpen] = useState(false);
  const [query, setQuery] = useState("");
  const [found, setFound] = useState<Found | null>(null);
  const [at, setAt] = useState(-1);
  const list = useRef<HTMLUListElement>(null);
  const listId = `${props.id}-list`;

  useEffect(() => {
    if (!open) return;
    let stale = false;
    const ask = async () => {
      const answer = await props.find(query);
      if (stale) return;
      setFound(answer);
      setAt(query !== "" && answer.options.length > 0 && !props.onText ? 0 : -1);
    };
    const timer = setTimeout(ask, query === "" ? 0 : (props.patience ?? 0));
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [open, query]);

  useEffect(() => list.current?.children[at]?.scrollIntoView({ block: "nearest" }), [at]);

  const show = () => {
    if (open || props.disabled) return;
    setQuery("");
    setFound(null);
    setAt(-1);
    setOpen(true);
  };
  const pick = (option: Option) => {
    setOpen(false);
    props.onPick(option);
  };
  const leave = () => {
    const option = open && query !== "" ? props.typed?.(query) : undefined;
    setOpen(false);
    if (option) props.onPick(option);
    props.onLeave?.();
  };
  const options = found?.options ?? [];
  const move = (by: number) => {
    if (!open) return show();
    if (options.length > 0) setAt((at + by + options.length + (at < 0 && by < 0 ? 1 : 0)) % options.length);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && open && (at >= 0 || !props.onText)) {
      event.preventDefault();
      const option = options[at] ?? props.typed?.(query);
      if (option) pick(option);
    } else if (event.key === "Escape" && open) {
      event.stopPropagation();
      setOpen(false);
    }
  };
  const isEdited = open && !props.onText;
  const active = open && at >= 0 ? `${listId}-${at}` : undefined;
  return (
    <div class={`combobox ${props.class ?? ""}`}>
      {props.icon}
      <input
        id={props.id}
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        aria-label={props.label}
        aria-expanded={open}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={active}
        aria-describedby={props.describedBy}
        aria-invalid={props.invalid || undefined}
        aria-required={props.required || undefined}
        disabled={props.disabled}
        placeholder={isEdited && props.text ? props.text : props.placeholder}
        value={isEdited ? query : props.text}
        onInput={(event) => {
          const text = event.currentTarget.value;
          show();
          setQuery(text);
          props.onText?.(text);
          // What is listed answers the text before.
          setAt(-1);
        }}
        onClick={show}
        onKeyDown={onKeyDown}
        onBlur={leave}
      />
      {props.text !== "" && props.onClear && !props.disabled ? (
        <button type="button" class="clear" aria-label="Clear the choice" onClick={props.onClear}>
          ×
        </button>
      ) : (
        <span class="chevron" aria-hidden="true" />
      )}
      <div
        class="popup"
        hidden={!open || (props.onText && options.length === 0)}
        onMouseDown={(event) => event.preventDefault()}
      >
        <ul id={listId} role="listbox" aria-label={props.label ?? "Choices"} ref={list}>
          {options.map((option, index) => (
            <li
              id={`${listId}-${index}`}
              key={option.key}
              role="option"
              aria-selected={index === at}
              onClick={() => pick(option)}
            >
              <OptionText option={option} />
            </li>
          ))}
        </ul>
        <p class="note" role="status">
          {found === null ? "Loading…" : (found.note ?? (options.length === 0 ? "Nothing found." : ""))}
        </p>
      </div>
    </div>
  );
}
