// JSON as a tree that opens and closes.
import { useState } from "preact/hooks";
import { isRecord } from "../json";

/** How many members are shown before one asks for more. */
const SHOWN = 50;

/** The text of a single value, and what sort of value it is. */
export function scalar(value: unknown): { text: string; sort: string } {
  if (value === null || value === undefined) return { text: "null", sort: "null" };
  if (typeof value === "string") return { text: JSON.stringify(value), sort: "string" };
  return { text: String(value), sort: typeof value === "boolean" ? "flag" : "number" };
}

interface Props {
  name?: string;
  value: unknown;
  /** How many levels are open from the start. */
  open: number;
}

export function Tree({ name, value, open }: Props) {
  const [isOpen, setOpen] = useState(open > 0);
  const [shown, setShown] = useState(SHOWN);
  const isList = Array.isArray(value);
  if (!isList && !isRecord(value)) {
    const { text, sort } = scalar(value);
    return (
      <div class="leaf">
        {name !== undefined && <span class="name">{name}</span>}
        <span class={sort}>{text}</span>
      </div>
    );
  }
  const members = isList ? value.map((one, index) => [String(index), one] as const) : Object.entries(value);
  const count = `${members.length} ${isList ? "item" : "field"}${members.length === 1 ? "" : "s"}`;
  return (
    <div class="branch">
      <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span class="twist" aria-hidden="true" />
        {name !== undefined && <span class="name">{name}</span>}
        <span class="count">{count}</span>
      </button>
      {isOpen && (
        <div class="members">
          {members.slice(0, shown).map(([key, one]) => (
            <Tree key={key} name={key} value={one} open={open - 1} />
          ))}
          {members.length > shown && (
            <button type="button" class="link" onClick={() => setShown(shown + SHOWN)}>
              Show more of {members.length}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
