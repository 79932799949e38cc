/** JSON that keeps the digits of whole numbers: those that a number would round are bigints. */

/** A whole number that may be too long for a number, outside of text. */
const LONG_INTEGER = /(?<![\w.+-])-?\d{16,}(?![\w.])/g;

/** Stands before the digits of a long integer while `JSON.parse` reads them as text. Nobody else can know it. */
const MARK = `bigint:${crypto.randomUUID()}:`;

/** Reads JSON. Whole numbers beyond 2^53 become bigints. */
export function parse(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(mark(text), (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
  );
}

/** Writes JSON. Bigints become whole numbers with all their digits. Throws a `TypeError` for NaN and Infinity. */
export function stringify(value: unknown): string {
  const pieces = JSON.stringify(value, (_, one: unknown) => writable(one)) as string | undefined;
  return (pieces ?? 'null').replaceAll(new RegExp(`"${MARK}(-?\\d+)"`, 'g'), '$1');
}

function writable(value: unknown): unknown {
  // JSON.stringify would write null, which means that there is no value.
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`JSON cannot have the number ${value}`);
  return typeof value === 'bigint' ? `${MARK}${value}` : value;
}

/** Makes marked text of the long integers, but for those that are inside of text. */
function mark(text: string): string {
  const pieces: string[] = [];
  let at = 0;
  while (at < text.length) {
    const quote = text.indexOf('"', at);
    const start = quote < 0 ? text.length : quote;
    pieces.push(text.slice(at, start).replace(LONG_INTEGER, (digits) => {
      return Number.isSafeInteger(Number(digits)) ? digits : `"${MARK}${digits}"`;
    }));
    at = start < text.length ? endOfText(text, start) : start;
    pieces.push(text.slice(start, at));
  }
  return pieces.join('');
}

/** Returns where the text that begins at this quote ends. */
function endOfText(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end < 0 ? json.length : end + 1;
}

function isEscaped(json: string, at: number): boolean {
  let backslashes = 0;
  while (json[at - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}
