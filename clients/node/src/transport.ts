import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Readable, Writable } from 'node:stream';

import { PipefitError } from './error.js';
import type { ErrorCode } from './servicetitan.js';

/** What carries the messages. */
export interface Transport {
  input: Readable;
  output: Writable;
  /** Says why nothing more can come, once that is so. */
  ended: Promise<Ending>;
  /** Ends it without waiting for anything. */
  destroy(): void;
}

/** Why nothing more can come. */
export interface Ending {
  why: string;
  /** The code of what must be changed before the program can serve, if it refused to. */
  refusal?: ErrorCode;
}

export interface StartOptions {
  /** The program; the variable `PIPEFIT` or `pipefit` if left out. */
  command?: string;
  /** The arguments after `serve --stdio`, such as `['--connections', 'connections.json']`. */
  args?: readonly string[];
  /** The environment of the program; that of this process if left out. */
  env?: NodeJS.ProcessEnv;
}

/** The exit statuses of a program that does not serve before something is changed. */
const REFUSALS: Record<number, ErrorCode> = { 2: 'invalid_request', 3: 'invalid_connection' };

/** How many characters of stderr are kept, and how many of its last error a message shows. */
const KEPT = 8192;
const SHOWN = 1000;

/** Starts the program. What it writes to stderr goes to that of this process. */
export async function start({ command, args = [], env = process.env }: StartOptions): Promise<Transport> {
  const program = command ?? (process.env.PIPEFIT || 'pipefit');
  const child = spawn(program, ['serve', '--stdio', ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let tail = '';
  child.stderr.on('data', (data: Buffer) => {
    process.stderr.write(data);
    tail = (tail + data.toString('utf8')).slice(-KEPT);
  });
  child.stderr.on('error', () => {});
  const closed = new Promise<Ending>((resolve) => {
    child.on('close', (status, signal) => {
      resolve(signal ? { why: `\`${program}\` was ended by ${signal}` } : ending(program, status ?? 0, tail));
    });
  });
  child.on('error', () => {});
  try {
    await once(child, 'spawn');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing ? 'there is no such program' : (error as Error).message;
    const hint = 'install Pipefit, or name the program with `command` or the variable PIPEFIT';
    throw unavailable(`cannot start \`${program}\`: ${why}; ${hint}`, error);
  }
  return { input: child.stdout, output: child.stdin, ended: closed, destroy: () => child.kill('SIGKILL') };
}

function ending(program: string, status: number, stderr: string): Ending {
  const refusal = REFUSALS[status];
  const why = `\`${program}\` ended with status ${status}`;
  const error = refusal && lastError(stderr);
  return { why: error ? `${why}: ${error}` : why, ...(refusal && { refusal }) };
}

/** Returns the last error on stderr or, if no line is marked as one, the last line. */
function lastError(stderr: string): string | undefined {
  const lines = stderr.split('\n').filter((line) => line.trim());
  const line = lines.findLast((line) => line.startsWith('error: ')) ?? lines.at(-1);
  return line?.replace(/^error: ([a-z_]+: )?/, '').slice(0, SHOWN);
}

/** Connects to a program that serves a socket. */
export async function dial(path: string): Promise<Transport> {
  const socket = connect({ path, allowHalfOpen: true });
  try {
    await once(socket, 'connect');
  } catch (error) {
    const why = (error as Error).message;
    throw unavailable(`cannot connect to ${path}: ${why}; does \`pipefit serve --socket\` run?`, error);
  }
  const ended = new Promise<Ending>((resolve) => {
    socket.on('close', () => resolve({ why: 'the connection to the server was closed' }));
    socket.on('end', () => socket.end());
  });
  return { input: socket, output: socket, ended, destroy: () => socket.destroy() };
}

function unavailable(message: string, cause: unknown): PipefitError {
  return Object.assign(new PipefitError({ code: 'unavailable', message, retryable: false }), { cause });
}

/** Hands over each line of the input. */
export function eachLine(input: Readable, take: (line: string) => void): void {
  let pieces: Buffer[] = [];
  input.on('data', (data: Buffer) => {
    let at = 0;
    for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, at)) {
      pieces.push(data.subarray(at, end));
      take(Buffer.concat(pieces).toString('utf8'));
      pieces = [];
      at = end + 1;
    }
    if (at < data.length) pieces.push(data.subarray(at));
  });
}
