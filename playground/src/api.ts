// The server's JSON interface.
import type { Catalog, Kind } from "./catalog";
import { isRecord, parse } from "./json";
import type { Schema } from "./schema";
import { resolve } from "./schema";

export interface Issue {
  input: string;
  code: string;
  message: string;
}

export interface Failure {
  code: string;
  message: string;
  retryable: boolean;
  issues?: Issue[];
  errors?: Record<string, unknown>;
  [member: string]: unknown;
}

/** The name of a connection that the server knows, or one with its fields. */
export type ConnectionRef = string | { key: string; fields: Record<string, unknown> };

/** The connection of each component, by the component's key. */
export type Connections = Record<string, ConnectionRef>;

export type Invocation = { [kind in Kind]?: string } & {
  component?: string;
  inputs: Record<string, unknown>;
  state?: unknown;
  dryRun?: boolean;
};

export type Outcome = { ok: true; reply: Record<string, unknown> } | { ok: false; error: Failure };

export interface Sent {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: unknown;
}

export interface Finding {
  key: string;
  label: string;
  status: "ok" | "warning" | "failed" | "skipped";
  message: string;
  remedy?: string;
}

const failure = (message: string): Outcome => ({
  ok: false,
  error: { code: "unavailable", message, retryable: true },
});

async function ask(path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
  const post = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(`/api/${path}`, { ...(body === undefined ? {} : post), signal });
  const text = await response.text();
  if (!response.ok) throw new Error(text.trim());
  return parse(text);
}

export const loadCatalog = async () => (await ask("catalog")) as Catalog;

/** Loads a schema, with its references resolved. */
export const loadSchema = async (path: string) => resolve((await ask(`schemas/${path}`)) as Schema);

/** Runs a unit. Rejects only if it was aborted. */
export async function invoke(invocation: Invocation, signal?: AbortSignal): Promise<Outcome> {
  try {
    const reply = await ask("invoke", invocation, signal);
    if (!isRecord(reply)) return failure("The server gave no reply.");
    return "error" in reply ? { ok: false, error: reply.error as Failure } : { ok: true, reply };
  } catch (error) {
    if (signal?.aborted) throw error;
    return failure(`The playground's server cannot be reached. Is it still running? (${String(error)})`);
  }
}

/** Tests a connection. */
export async function diagnose(component: string, connection: ConnectionRef): Promise<Finding[]> {
  const failed = (message: string): Finding[] => [{ key: "server", label: "Test", status: "failed", message }];
  try {
    const found = (await ask("diagnose", { component, connection })) as { findings?: Finding[]; error?: Failure };
    return found.findings ?? failed(found.error?.message ?? "The test gave no result.");
  } catch (error) {
    return failed(String(error));
  }
}
