// JSON that keeps every digit: a browser's numbers round ids above 2^53 and drop the zeros of `189.00`.

/** A number as it is written. */
export class Exact {
  constructor(readonly digits: string) {}

  toString(): string {
    return this.digits;
  }

  toJSON(): unknown {
    const raw = (JSON as unknown as { rawJSON?: (text: string) => unknown }).rawJSON;
    return raw ? raw(this.digits) : this.digits;
  }
}

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;

const keepDigits: Reviver = (_key, value, context) =>
  typeof value === "number" && context?.source !== undefined && String(value) !== context.source
    ? new Exact(context.source)
    : value;

/** Parses JSON text. Throws a `SyntaxError` if it is not valid. */
export const parse = (text: string): unknown => JSON.parse(text, keepDigits);

export const format = (value: unknown): string => JSON.stringify(value, null, 2);

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
