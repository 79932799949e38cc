import { Calls } from './calls.js';
import { PipefitError } from './error.js';
import { cancelled, listen, type RecordOptions, Records } from './records.js';
import { type Actions, type DataSources, type ErrorDetails, LISTS, READERS, type Triggers } from './servicetitan.js';
import { dial, start, type StartOptions, type Transport } from './transport.js';

/** A request: one of `action`, `dataSource` and `trigger`, and its inputs. */
export interface Request {
  action?: string;
  dataSource?: string;
  trigger?: string;
  /** The key of the component, if several have a unit with this key. */
  component?: string;
  inputs?: object;
  /** The state that the last poll of the trigger returned, unchanged. */
  state?: unknown;
  /** Returns the request that would be sent, and sends nothing. */
  dryRun?: boolean;
  /** Reads the record back after it was created or changed. */
  verify?: boolean;
  /** Creates the record once, however often the request is sent with this key. */
  idempotencyKey?: string;
  timeoutSeconds?: number;
  /** The trace that the call belongs to, as in W3C Trace Context. */
  traceparent?: string;
}

export interface CallOptions {
  /** Cancels the call. The promise still settles with its outcome: a write that was done returns its reply. */
  signal?: AbortSignal | undefined;
  /** How many seconds the call may take, if that is less than the server allows. */
  timeout?: number | undefined;
  /** How many seconds a write that was sent may wait for its response after `signal`; 10 if left out. */
  grace?: number | undefined;
}

export interface ActionOptions extends CallOptions {
  /** Reads the record back: the reply has `unapplied`. */
  verify?: boolean;
  /** Creates the record once, however often the call is made with this key. */
  idempotencyKey?: string;
}

/** What a reply says beside its data. */
export interface Facts {
  /** Whether the record existed already, because of its idempotency key. */
  existing?: boolean;
  /** With `verify`: the fields whose values the record does not have. */
  unapplied?: string[];
  /** With `verify`: the fields that the record does not show. */
  unverified?: string[];
  /** With `verify`: why the record could not be read back. The write was done. */
  verificationError?: ErrorDetails;
}

/** An entry of a data source. */
export interface Entry {
  key: string;
  label: string;
}

export interface Entries {
  result: Entry[];
  /** Whether there was more. */
  truncated?: boolean;
}

/** The keys of the actions that return a list. */
export type ListKey = {
  [Key in keyof Actions]: Actions[Key]['reply'] extends { data: { hasMore: boolean; data: unknown[] } } ? Key : never;
}[keyof Actions];

/** A record of a list. */
export type RecordOf<Key extends ListKey> =
  Actions[Key]['reply'] extends { data: { data: (infer One)[] } } ? One : never;

export interface ListRequest<Key extends ListKey> {
  action: Key;
  inputs: Actions[Key]['inputs'];
}

export interface SourceRequest<Key extends keyof DataSources> {
  dataSource: Key;
  inputs: DataSources[Key]['inputs'];
}

/** What a connection test found. */
export interface Diagnosis {
  ok: boolean;
  findings: { key: string; label: string; status: string; message: string }[];
}

/** Which unit `describe` and `schema` are about. */
export interface UnitName {
  key: string;
  kind?: 'action' | 'dataSource' | 'trigger';
  component?: string;
}

/** A running `pipefit serve`. */
export class Pipefit {
  readonly #calls: Calls;

  private constructor(transport: Transport) {
    this.#calls = new Calls(transport);
  }

  /** Starts `pipefit serve --stdio`. Until `close`, it keeps this process from ending. */
  static async start(options: StartOptions = {}): Promise<Pipefit> {
    const client = new Pipefit(await start(options));
    // Wrong arguments show here.
    await client.connections();
    return client;
  }

  /** Connects to `pipefit serve --socket PATH`. */
  static async connect(path: string): Promise<Pipefit> {
    return new Pipefit(await dial(path));
  }

  /** Runs an action, for its inputs. */
  async action<Key extends keyof Actions>(
    key: Key,
    inputs: Actions[Key]['inputs'],
    options: ActionOptions = {},
  ): Promise<Actions[Key]['reply'] & Facts> {
    const { verify, idempotencyKey } = options;
    const request = { action: key, inputs, ...(verify && { verify }), ...(idempotencyKey && { idempotencyKey }) };
    return this.invoke(request, options);
  }

  /** Reads the entries of a data source. */
  async dataSource<Key extends keyof DataSources>(
    key: Key,
    inputs: DataSources[Key]['inputs'],
    options: CallOptions = {},
  ): Promise<Entries> {
    return this.invoke({ dataSource: key, inputs }, options);
  }

  /** Polls a trigger; `state` is that of the last reply. */
  async trigger<Key extends keyof Triggers>(
    key: Key,
    inputs: Triggers[Key]['inputs'],
    state?: unknown,
    options: CallOptions = {},
  ): Promise<Triggers[Key]['reply']> {
    return this.invoke({ trigger: key, inputs, state }, options);
  }

  /** Runs any request, and returns its reply: an object with `data` or `result`. */
  async invoke<Reply = Record<string, unknown>>(request: Request, options: CallOptions = {}): Promise<Reply> {
    const params = { ...request, timeoutSeconds: seconds(options.timeout) ?? request.timeoutSeconds };
    return this.#call('invoke', params, options, reads(request)) as Promise<Reply>;
  }

  /**
   * Reads the records of a list, or the entries of a data source, in a `for await` loop, in bounded memory.
   * `fetchAll: true` among the inputs reads all pages. Leaving the loop cancels the call.
   */
  records<Key extends ListKey>(request: ListRequest<Key>, options?: RecordOptions): Records<RecordOf<Key>>;
  records<Key extends keyof DataSources>(request: SourceRequest<Key>, options?: RecordOptions): Records<Entry>;
  /** Reads the records of a list of any component. */
  records<T>(request: Request & { component: string }, options?: RecordOptions): Records<T>;
  records(request: Request, options: RecordOptions = {}): Records<unknown> {
    if ((request.component ?? 'servicetitan') === 'servicetitan' && !isList(request)) {
      const key = request.action ?? request.dataSource ?? request.trigger;
      const message = `\`${key}\` does not return a list; nothing was sent`;
      throw new PipefitError({ code: 'invalid_request', message, retryable: false });
    }
    const timeoutSeconds = seconds(options.timeout) ?? request.timeoutSeconds;
    return new Records(this.#calls, { ...request, timeoutSeconds }, options);
  }

  /** Describes all components: their actions, data sources and triggers. */
  async list(component?: string): Promise<{ components: Record<string, unknown>[] }> {
    return this.#call('list', { component }) as Promise<{ components: Record<string, unknown>[] }>;
  }

  /** Describes a unit: its inputs, effect and scopes. */
  async describe(unit: string | UnitName): Promise<Record<string, unknown>> {
    return this.#call('describe', named(unit)) as Promise<Record<string, unknown>>;
  }

  /** Returns the JSON Schemas of a unit, for forms. */
  async schema(unit: string | UnitName): Promise<Record<string, unknown>> {
    return this.#call('schema', named(unit)) as Promise<Record<string, unknown>>;
  }

  /** Returns the names of the connections that requests can name. */
  async connections(): Promise<string[]> {
    const { connections } = (await this.#call('connection.list', {})) as { connections: string[] };
    return connections;
  }

  /** Tests a connection, given as an object or by its name. */
  async testConnection(connection: string | object, options: { component?: string; signal?: AbortSignal } = {}) {
    const params = { connection, component: options.component };
    return this.#call('connection.test', params, { signal: options.signal }) as Promise<Diagnosis>;
  }

  /**
   * Takes no further calls and waits until those in flight are answered, and lists are read to their end; with
   * `cancel`, they are cancelled first.
   */
  async close({ cancel = false } = {}): Promise<void> {
    if (cancel) this.#calls.cancelAll();
    await this.#calls.drain();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #call(method: string, params: object, { signal, grace }: CallOptions = {}, reads = true): Promise<unknown> {
    if (signal?.aborted) throw cancelled('nothing was sent');
    if (!Number.isFinite(grace ?? 0)) throw new TypeError(`\`grace\` is ${grace}, and must be a number of seconds`);
    const id = this.#calls.nextId();
    const cancel = () => this.#calls.cancel(id, grace);
    // What is wrong with the signal shows before anything is sent.
    listen(signal, cancel);
    try {
      return await this.#calls.send(id, method, params, { reads });
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }
}

/** Returns a time limit. Throws a `TypeError` if it is none. */
function seconds(timeout: number | undefined): number | undefined {
  if (timeout === undefined || (Number.isFinite(timeout) && timeout > 0)) return timeout;
  throw new TypeError(`\`timeout\` is ${timeout}, and must be a number of seconds above 0`);
}

function named(unit: string | UnitName): UnitName {
  return typeof unit === 'string' ? { key: unit } : unit;
}

/** Whether a request surely changes nothing. */
function reads({ action, component = 'servicetitan', dryRun }: Request): boolean {
  return action === undefined || dryRun === true || (component === 'servicetitan' && READERS.has(action));
}

function isList({ action, dataSource }: Request): boolean {
  return LISTS.has(action ?? dataSource ?? '');
}
