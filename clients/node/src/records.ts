import { setMaxListeners } from 'node:events';
import type { Calls } from './calls.js';
import { PipefitError } from './error.js';

export interface RecordOptions {
  /** Cancels the call: the loop ends with the error `cancelled`. */
  signal?: AbortSignal | undefined;
  /** How many seconds it may take, reading included, if that is less than the server allows. */
  timeout?: number | undefined;
  /** How many records come at a time, 1 to 10,000; 500 if left out. */
  batchSize?: number | undefined;
  /** How many batches may wait to be read; 8 if left out. */
  credit?: number | undefined;
}

/** The records of a list, in the order of the service. They are requested while they are read. */
export class Records<T> implements AsyncIterable<T> {
  /** Whether the list has more records than were read; known when the loop is over. */
  hasMore: boolean | undefined;
  readonly #calls: Calls;
  readonly #request: object;
  readonly #options: RecordOptions;

  /** @internal */
  constructor(calls: Calls, request: object, options: RecordOptions) {
    const { batchSize = 500, credit = 8 } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 10_000) {
      throw new RangeError(`\`batchSize\` is ${batchSize}, and must be a whole number from 1 to 10,000`);
    }
    if (!Number.isInteger(credit) || credit < 1) {
      throw new RangeError(`\`credit\` is ${credit}, and must be a whole number, 1 or more`);
    }
    this.#calls = calls;
    this.#request = request;
    this.#options = options;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    this.hasMore = undefined;
    const { signal, batchSize, credit } = this.#options;
    if (signal?.aborted) throw cancelled('nothing was sent');
    const id = this.#calls.nextId();
    const batches: T[][] = [];
    let wake = () => {};
    const take = (records: unknown[]) => {
      batches.push(records as T[]);
      wake();
    };
    const abort = () => {
      batches.length = 0;
      this.#calls.cancel(id);
    };
    // What is wrong with the signal shows before anything is sent.
    listen(signal, abort);
    let outcome: { result: unknown } | { error: unknown } | undefined;
    const params = { ...this.#request, progress: { token: id, batchSize, credit } };
    const settled = this.#calls.send(id, 'invoke', params, { reads: true, take }).then(
      (result) => (outcome = { result }),
      (error: unknown) => (outcome = { error }),
    );
    void settled.then(() => wake());
    try {
      for (;;) {
        const batch = batches.shift();
        if (batch) {
          for (const record of batch) {
            if (signal?.aborted) break;
            yield record;
          }
          this.#calls.notify('$/credit', { token: id, batches: 1 });
        } else if (outcome) {
          break;
        } else {
          await new Promise<void>((resolve) => (wake = resolve));
        }
      }
    } finally {
      signal?.removeEventListener('abort', abort);
      // The loop was left early, or is over and this does nothing.
      abort();
      await settled;
    }
    if ('error' in outcome) throw outcome.error;
    if (signal?.aborted) throw cancelled('nothing was changed');
    this.hasMore = (outcome.result as { hasMore: boolean }).hasMore;
  }
}

export function cancelled(effect: string): PipefitError {
  return new PipefitError({ code: 'cancelled', message: `the call was cancelled; ${effect}`, retryable: true });
}

/** Calls `abort` when a signal says so. One signal for many calls is as it should be, and needs no warning. */
export function listen(signal: AbortSignal | undefined, abort: () => void): void {
  if (!signal) return;
  setMaxListeners(0, signal);
  signal.addEventListener('abort', abort);
}
