import { errorOf, type Fault, PipefitError } from './error.js';
import { parse, stringify } from './json.js';
import { eachLine, type Ending, type Transport } from './transport.js';

interface Call {
  resolve(result: unknown): void;
  reject(error: PipefitError): void;
  /** Whether it can change nothing. */
  reads: boolean;
  /** How many characters its message has. */
  size: number;
  take: ((records: unknown[]) => void) | undefined;
}

interface Message {
  id?: string | null;
  method?: string;
  params?: { token: string; records: unknown[] };
  result?: unknown;
  error?: Fault;
}

export interface CallOptions {
  /** Whether it can change nothing. */
  reads: boolean;
  /** Takes the records of a list as they come. */
  take?: (records: unknown[]) => void;
}

/** The calls in flight. */
export class Calls {
  readonly #transport: Transport;
  readonly #inFlight = new Map<string, Call>();
  #last = 0;
  #end: Ending | undefined;
  #idle: (() => void)[] = [];

  constructor(transport: Transport) {
    this.#transport = transport;
    eachLine(transport.input, (line) => this.#receive(line));
    // What a failed write or read means is known when the other end is gone.
    transport.input.on('error', () => {});
    transport.output.on('error', () => {});
    void transport.ended.then((end) => this.#fail(end));
  }

  /** Returns an id for a call. */
  nextId(): string {
    this.#last += 1;
    return String(this.#last);
  }

  /** Sends a call; returns its result. */
  send(id: string, method: string, params: object, { reads, take }: CallOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const line = stringify({ jsonrpc: '2.0', id, method, params });
      if (this.#end !== undefined) {
        // Sending it again over this client cannot help.
        reject(unanswered(this.#end, 'nothing was sent', false));
        return;
      }
      this.#inFlight.set(id, { resolve, reject, reads, size: line.length, take });
      this.#transport.output.write(`${line}\n`);
    });
  }

  /** Sends a notification. */
  notify(method: string, params: object): void {
    if (this.#transport.output.writable) {
      this.#transport.output.write(`${stringify({ jsonrpc: '2.0', method, params })}\n`);
    }
  }

  /** Cancels a call, if it is in flight. */
  cancel(id: string, graceSeconds?: number): void {
    if (this.#inFlight.has(id)) this.notify('$/cancelRequest', { id, graceSeconds });
  }

  cancelAll(): void {
    for (const id of this.#inFlight.keys()) this.cancel(id);
  }

  /** Takes no further call, and waits until those in flight are answered and the other end is gone. */
  async drain(): Promise<void> {
    this.#end ??= { why: 'the client is closed' };
    if (this.#inFlight.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#transport.output.end();
    await this.#transport.ended;
  }

  #receive(line: string): void {
    let message: Message;
    try {
      message = parse(line) as Message;
    } catch {
      // Whatever writes this is no server: no further line of it can be trusted.
      this.#fail({ why: 'the server wrote a line that is not JSON' });
      this.#transport.destroy();
      return;
    }
    if (message.method === '$/progress' && message.params) {
      this.#inFlight.get(message.params.token)?.take?.(message.params.records);
      return;
    }
    const id = message.id ?? this.#largest();
    const call = id === undefined ? undefined : this.#inFlight.get(id);
    if (id === undefined || !call) return;
    this.#forget(id);
    if (message.error) call.reject(errorOf(message.error));
    else call.resolve(message.result);
  }

  /** Returns the call with the longest message: one that is too long is refused without its id. */
  #largest(): string | undefined {
    const [largest] = [...this.#inFlight].sort(([, one], [, other]) => other.size - one.size);
    return largest?.[0];
  }

  #forget(id: string): void {
    this.#inFlight.delete(id);
    if (this.#inFlight.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #fail(end: Ending): void {
    this.#end ??= end;
    for (const [id, call] of this.#inFlight) {
      this.#forget(id);
      call.reject(call.reads ? unanswered(end, 'nothing was changed') : lostWrite(end));
    }
  }
}

/** The error of a call that changed nothing. */
function unanswered({ why, refusal }: Ending, effect: string, retryable = true): PipefitError {
  if (refusal) return new PipefitError({ code: refusal, message: why, retryable: false });
  return new PipefitError({ code: 'unavailable', message: `${why}; ${effect}`, retryable });
}

function lostWrite({ why }: Ending): PipefitError {
  const message = `${why}; the write may or may not have happened`;
  return new PipefitError({ code: 'outcome_unknown', message, retryable: false });
}
