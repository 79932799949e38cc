// A worker that calls `getJob` again and again: a task and what it took are lines of JSON.
import { createInterface } from 'node:readline';

import serviceTitan, { context, withToken } from './component.js';

const { perform } = serviceTitan.actions.getJob;

const calls = async (connection, { count, size }) => {
  let next = 0;
  const caller = async () => {
    while (next++ < count) await perform(context, { connection, jobId: '1' });
  };
  const [began, used] = [process.hrtime.bigint(), process.cpuUsage()];
  await Promise.all(Array.from({ length: size }, caller));
  const { user, system } = process.cpuUsage(used);
  return { seconds: Number(process.hrtime.bigint() - began) / 1e9, cpu: (user + system) / 1e6 };
};

const main = async () => {
  const connection = await withToken(JSON.parse(process.env.CONNECTION));
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await calls(connection, JSON.parse(line)))}\n`);
  }
};

main();
