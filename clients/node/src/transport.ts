import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Readable, Writable } from 'node:stream';

import { PipefitError } from './error.js';

/** What carries the messages. */
export interface Transport {
  input: Readable;
  output: Writable;
  /** Says why nothing more can come, once that is so. */
  ended: Promise<string>;
  /** Ends it without waiting for anything. */
  destroy(): void;
}

export interface StartOptions {
  /** The program; the variable `PIPEFIT` or `pipefit` if left out. */
  command?: string;
  /** The arguments after `serve --stdio`, such as `['--connections', 'connections.json']`. */
  args?: readonly string[];
  /** The environment of the program; that of this process if left out. */
  env?: NodeJS.ProcessEnv;
}

/** Starts the program. Its stderr is that of this process. */
export async function start({ command, args = [], env = process.env }: StartOptions): Promise<Transport> {
  const program = command ?? (process.env.PIPEFIT || 'pipefit');
  const child = spawn(program, ['serve', '--stdio', ...args], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = new Promise<string>((resolve) => {
    child.on('close', (status, signal) => {
      resolve(signal ? `\`${program}\` was ended by ${signal}` : `\`${program}\` ended with status ${status}`);
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

/** Connects to a program that serves a socket. */
export async function dial(path: string): Promise<Transport> {
  const socket = connect({ path, allowHalfOpen: true });
  try {
    await once(socket, 'connect');
  } catch (error) {
    throw unavailable(`cannot connect to ${path}: ${(error as Error).message}; does \`pipefit serve --socket\` run?`, error);
  }
  const ended = new Promise<string>((resolve) => {
    socket.on('close', () => resolve('the connection to the server was closed'));
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
