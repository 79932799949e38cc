export * from './client.js';
export { PipefitError } from './error.js';
export { parse, stringify } from './json.js';
export { type RecordOptions, Records } from './records.js';
export type {
  Actions,
  DataSources,
  ErrorCode,
  ErrorDetails,
  Id,
  Integer,
  Issue,
  Triggers,
} from './servicetitan.js';
export type * as ServiceTitan from './servicetitan.js';
export type { StartOptions } from './transport.js';
