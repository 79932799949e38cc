import type { ErrorCode, ErrorDetails, Issue } from './servicetitan.js';

/** Why a call failed. Branch on `code`; `retryable` says whether the same call can be repeated without harm. */
export class PipefitError extends Error {
  override readonly name = 'PipefitError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  /** What is wrong with the inputs, one by one; empty unless the code is `invalid_input`. */
  readonly issues: readonly Issue[];
  /** How many seconds to wait before the next try, if that is known. */
  readonly retryAfterSeconds: number | undefined;
  /** The HTTP status of the service's response, if there was one. */
  readonly status: number | undefined;
  /** The OAuth scope that is missing, if it is known. */
  readonly scope: string | undefined;
  /** The whole error, with members that are rarely needed: `request`, `traceId`, `errors`. */
  readonly details: ErrorDetails;

  constructor(details: ErrorDetails) {
    super(details.message);
    this.code = details.code;
    this.retryable = details.retryable;
    this.issues = details.issues ?? [];
    this.retryAfterSeconds = details.retryAfterSeconds ?? undefined;
    this.status = details.status ?? undefined;
    this.scope = details.scope ?? undefined;
    this.details = details;
  }
}

/** An error of a response. Those of Pipefit are in `data`; those of the protocol have a number and a message only. */
export interface Fault {
  code: number;
  message: string;
  data?: ErrorDetails;
}

const INTERNAL_ERROR = -32603;

export function errorOf(fault: Fault): PipefitError {
  if (fault.data) return new PipefitError(fault.data);
  const code = fault.code === INTERNAL_ERROR ? 'internal' : 'invalid_request';
  return new PipefitError({ code, message: fault.message, retryable: false });
}
