// Dates and times. The service thinks in UTC, so the field does; what it means here is said below.
import type { ControlProps } from "./controls";

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `2026-01-31T09:00`, as the browser's control has it, of a time in any zone. */
function toControl(value: unknown): string {
  const text = String(value ?? "");
  const time = new Date(/[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
  return text === "" || Number.isNaN(time.getTime()) ? "" : time.toISOString().slice(0, 16);
}

/** What a time is on the clock of whoever looks at it. */
function local(value: unknown): string {
  const time = new Date(String(value));
  const options = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" } as const;
  return `${time.toLocaleString(undefined, options)} where you are (${ZONE})`;
}

export function DateBox(props: ControlProps) {
  const { field, value, onChange } = props;
  const isDay = field.control === "date";
  const text = isDay ? String(value ?? "") : toControl(value);
  return (
    <>
      <div class="zoned">
        <input
          id={props.id}
          type={isDay ? "date" : "datetime-local"}
          max={isDay ? "9999-12-31" : "9999-12-31T23:59"}
          aria-describedby={`${props.id}-zone ${props.describedBy ?? ""}`}
          aria-invalid={props.invalid || undefined}
          required={field.required}
          value={text}
          onBlur={props.onTouch}
          onInput={(event) => {
            const typed = event.currentTarget.value;
            onChange(typed === "" ? undefined : isDay ? typed : `${typed.slice(0, 16)}:00Z`);
          }}
        />
        <span class="zone" id={`${props.id}-zone`}>
          {isDay ? "UTC day" : "UTC"}
        </span>
      </div>
      {!isDay && ZONE !== "UTC" && <p class="local">{text === "" ? `You are in ${ZONE}` : local(value)}</p>}
    </>
  );
}
