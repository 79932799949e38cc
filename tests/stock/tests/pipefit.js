// The real command: what it would send for the inputs of a form.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const pipefit = process.env.PIPEFIT ?? `${process.env.CARGO_TARGET_DIR ?? `${repository}/target`}/debug/pipefit`;

function dryRun(flags, invocation) {
  const { stdout } = spawnSync(pipefit, ["run", "--dry-run", ...flags], { input: JSON.stringify(invocation), encoding: "utf8" });
  // The sandbox has a port of its own in every run, no milliseconds are as good as none, and large numbers do not
  // survive JSON.parse.
  const text = stdout
    .replace(/http:\/\/127\.0\.0\.1:\d+/g, "")
    .replaceAll(".000Z", "Z")
    .replace(/(?<=[:[,])-?\d{16,}(?=[,\]}])/g, '"$&"');
  return JSON.parse(text);
}

const requests = new Map();

/** The request that is sent for these inputs, or the error; of a connection, the request that is sent with it. */
export function requestFor(unit, inputs) {
  const asked = JSON.stringify([unit.key, inputs]);
  if (!requests.has(asked)) requests.set(asked, ask(unit, inputs));
  return requests.get(asked);
}

function ask(unit, inputs) {
  if (unit.kind) return dryRun(["--sandbox"], { [unit.kind]: unit.key, inputs: { ...inputs, connection: undefined } });
  const connection = { key: "serviceTitanConnection", fields: inputs };
  return dryRun([], { action: "getJob", inputs: { connection, jobId: "1" } });
}
