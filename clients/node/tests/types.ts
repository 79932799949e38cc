// Compiled only: what must be accepted, and what must not.
import { Pipefit, type Entry, PipefitError, type Records, type ServiceTitan } from 'pipefit';

const pipefit = await Pipefit.start({ args: ['--sandbox'] });
const job: ServiceTitan.Job = (await pipefit.action('getJob', { jobId: 10978752986 })).data;

// The id of a reply is an id of an input.
const again = await pipefit.action('getJob', { jobId: job.id, connection: 'main' }, { timeout: 5 });
const status: string = again.data.jobStatus;

// @ts-expect-error There is no such action.
await pipefit.action('getJobs', { jobId: 1 });
// @ts-expect-error An input is missing.
await pipefit.action('getJob', {});
// @ts-expect-error There is no such input.
await pipefit.action('getJob', { jobId: 1, id: 1 });
// @ts-expect-error An id is no flag.
await pipefit.action('getJob', { jobId: true });
// @ts-expect-error There is no such field.
job.nothing;
// @ts-expect-error It may be a bigint.
const id: number = job.id;

const records: Records<ServiceTitan.Job> = pipefit.records({ action: 'listJobs', inputs: { fetchAll: true } });
for await (const { jobNumber } of records) jobNumber.trim();
const entries: Records<Entry> = pipefit.records({ dataSource: 'selectJob', inputs: {} });
// @ts-expect-error It returns no list.
pipefit.records({ action: 'getJob', inputs: { jobId: 1 } });
// @ts-expect-error There is no such input.
pipefit.records({ action: 'listJobs', inputs: { fetchall: true } });
const volumes: Records<{ title: string }> = pipefit.records({ component: 'shelf', action: 'listVolumes' });

const { state } = await pipefit.trigger('pollChangesTrigger', { resourceType: 'jobs' });
await pipefit.trigger('pollChangesTrigger', { resourceType: 'jobs' }, state, { signal: AbortSignal.timeout(1000) });
// @ts-expect-error There is no such choice.
await pipefit.trigger('pollChangesTrigger', { resourceType: 'job' });

try {
  await pipefit.invoke<{ data: { id: number } }>({ component: 'shelf', action: 'getVolume', inputs: { id: 1 } });
} catch (error) {
  if (error instanceof PipefitError && error.code === 'rate_limited') error.retryAfterSeconds?.toFixed();
  // @ts-expect-error There is no such code.
  if (error instanceof PipefitError && error.code === 'too_many') throw error;
}
