// A worker that calls `getJob` again and again: a task and what it took are lines of JSON.
import { createInterface } from "node:readline";

import serviceTitan, { context, withToken } from "./component.js";

const { perform } = serviceTitan.actions.getJob;
let connection;

const calls = async ({ count, size }) => {
  let next = 0;
  const caller = async () => {
    while (next++ < count) await perform(context, { connection, jobId: "1" });
  };
  const [began, used] = [process.hrtime.bigint(), process.cpuUsage()];
  await Promise.all(Array.from({ length: size }, caller));
  const { user, system } = process.cpuUsage(used);
  return { seconds: Number(process.hrtime.bigint() - began) / 1e9, cpu: (user + system) / 1e6 };
};

for await (const line of createInterface({ input: process.stdin })) {
  const task = JSON.parse(line);
  connection ??= await withToken(JSON.parse(process.env.CONNECTION));
  process.stdout.write(`${JSON.stringify(await calls(task))}\n`);
}
