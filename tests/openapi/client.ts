// Uses the running command through a client whose types are generated from its description.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import createClient from "openapi-fetch";
import type { components, paths } from "./description.js";

const token = "token-of-the-openapi-test";
const environment = { PATH: process.env.PATH, PIPEFIT_HTTP_TOKEN: token };
const server = spawn(process.env.PIPEFIT!, ["serve", "--http", "127.0.0.1:0", "--sandbox"], {
  env: environment,
  stdio: ["ignore", "pipe", "inherit"],
});

try {
  const [baseUrl] = (await once(createInterface(server.stdout), "line")) as [string];
  const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${token}` } });

  const units = await client.GET("/v1/units", { params: { query: { kind: "action", effect: "read", word: ["job"] } } });
  assert(units.data?.units.some((unit) => unit.key === "getJob"));

  const unit = await client.GET("/v1/units/{key}", { params: { path: { key: "getJob" } } });
  assert.deepEqual(unit.data?.inputs.find((input) => input.key === "jobId")?.required, true);

  const body = { id: 1, action: "getJob", inputs: { jobId: "10978752986" } };
  const job = await client.POST("/v1/invoke", { body });
  assert.equal(job.response.status, 200);
  const reply = job.data as components["schemas"]["Reply"];
  assert(reply.id === 1 && "data" in reply && (reply.data as { id: number }).id === 10978752986);

  const none = await client.POST("/v1/invoke", { body: { ...body, inputs: { jobId: "5" } } });
  assert.equal(none.response.status, 404);
  assert.equal(none.error?.error.code, "not_found");

  const list = { action: "listJobs", inputs: { pageSize: 2 } };
  const records = await client.POST("/v1/invoke", {
    body: list,
    headers: { accept: "application/x-ndjson" },
    parseAs: "text",
  });
  const lines: components["schemas"]["Line"][] = (records.data as string).trim().split("\n").map((line) => JSON.parse(line));
  const last = lines.pop();
  assert(lines.length === 2 && lines.every((line) => "record" in line));
  assert(last && "end" in last && last.end.records === 2 && last.end.more);

  const anonymous = createClient<paths>({ baseUrl });
  const refused = await anonymous.GET("/v1/connections");
  assert.equal(refused.response.status, 401);
  assert.equal(refused.error?.error.code, "forbidden_by_policy");
  const ready = await anonymous.GET("/readyz");
  assert.equal(ready.data?.status, "ready");
  console.log("the generated client works");
} finally {
  server.kill();
}
