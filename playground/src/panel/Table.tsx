// Records as a table, with the columns that tell them apart.
import { useState } from "preact/hooks";
import { words } from "../catalog";
import { isRecord } from "../json";
import { Tree } from "./Tree";

type Row = Record<string, unknown>;

/** How many rows are shown before one asks for more. */
const SHOWN = 50;

/** How many columns are shown. */
const COLUMNS = 8;

/** How early a column comes, by what its name says. */
const RANKS: [RegExp, number][] = [
  [/^(id|key)$/i, 0],
  [/(number|name|label|title|displayName)$/i, 1],
  [/(status|type|priority|active|email|phone|method)$/i, 2],
  [/(start|end|date|total|amount|balance|price|summary|memo|value)$/i, 3],
  [/(On|At)$/, 4],
  [/(ById|Id)$/, 6],
];

const rank = (key: string) => RANKS.find(([pattern]) => pattern.test(key))?.[1] ?? 5;

function columnsOf(rows: Row[]): string[] {
  const sample = rows.slice(0, 100);
  const isShown = (value: unknown) =>
    value !== null && value !== undefined && value !== "" && !Array.isArray(value) && !isRecord(value);
  const keys = [...new Set(sample.flatMap(Object.keys))].filter((key) => sample.some((row) => isShown(row[key])));
  const sorted = [...keys].sort((a, b) => rank(a) - rank(b));
  // A number that is the id once more tells nothing.
  const repeats = (key: string) =>
    key !== sorted[0] && sample.every((row) => String(row[key]) === String(row[sorted[0]!]));
  return sorted.filter((key) => !repeats(key)).slice(0, COLUMNS);
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

function cell(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  if (value === true || value === false) return value ? "Yes" : "No";
  if (typeof value === "string" && TIME.test(value)) return value.slice(0, 16).replace("T", " ");
  if (isRecord(value) || Array.isArray(value)) return "…";
  return String(value);
}

const isNumeric = (rows: Row[], column: string) =>
  !/(id|number)$/i.test(column) &&
  rows.every((row) => row[column] === null || /^-?\d+(\.\d+)?$/.test(String(row[column])));

export function Table({ rows, caption }: { rows: Row[]; caption: string }) {
  const [shown, setShown] = useState(SHOWN);
  const [open, setOpen] = useState<number | null>(null);
  const columns = columnsOf(rows);
  const numeric = new Set(columns.filter((column) => isNumeric(rows.slice(0, SHOWN), column)));
  return (
    <>
      <div class="table" tabIndex={0} role="region" aria-label={caption}>
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col" class={numeric.has(column) ? "numeric" : ""}>
                  {words(column)}
                </th>
              ))}
              <th scope="col">
                <span class="hidden">All fields</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shown).map((row, index) => (
              <>
                <tr key={index}>
                  {columns.map((column) => (
                    <td key={column} class={numeric.has(column) ? "numeric" : ""} title={cell(row[column])}>
                      {cell(row[column])}
                    </td>
                  ))}
                  <td class="more">
                    <button
                      type="button"
                      class="link"
                      aria-expanded={open === index}
                      aria-label={`${open === index ? "Close" : "All fields of"} row ${index + 1}`}
                      onClick={() => setOpen(open === index ? null : index)}
                    >
                      {open === index ? "Close" : "All"}
                    </button>
                  </td>
                </tr>
                {open === index && (
                  <tr class="whole">
                    <td colSpan={columns.length + 1}>
                      <Tree value={row} open={1} />
                    </td>
                  </tr>
                )}
              </>
            ))}
          </tbody>
        </table>
      </div>
      <p class="foot">
        {rows.some((row) => columns.some((column) => TIME.test(String(row[column])))) && "Times in UTC. "}
        {rows.length > shown && (
          <button type="button" class="link" onClick={() => setShown(shown + SHOWN)}>
            Show more rows ({shown} of {rows.length})
          </button>
        )}
      </p>
    </>
  );
}
