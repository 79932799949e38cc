// Uses the generated types as a person would: what is right compiles, what is wrong does not.
import type {
  CreateJobInputs, GetJobReply, Job, ListJobsInputs, ListJobsReply, ServiceTitan,
} from "./types";

const fields: ServiceTitan["connection"] = {
  tenant: "1097",
  applicationKey: "ak1",
  clientId: "cid",
  clientSecret: "cs1",
  environment: "integration",
  tokenUrl: "https://auth-integration.servicetitan.io/connect/token",
};

const job: CreateJobInputs = {
  connection: "main",
  customerId: "10978752986",
  locationId: "10978752986",
  businessUnitId: "10978752986",
  jobTypeId: "10978752986",
  campaignId: "10978752986",
  priority: "Normal",
  appointments: [{ start: "2026-02-03T09:00:00Z", end: "2026-02-03T11:00:00Z" }],
  invoiceSignatureIsRequired: true,
};

// @ts-expect-error an id is text
const id: CreateJobInputs["customerId"] = 10978752986;

// @ts-expect-error an appointment has an end
const appointments: CreateJobInputs["appointments"] = [{ start: "2026-02-03T09:00:00Z" }];

const list: ListJobsInputs = { connection: "main", customQueryParams: [{ key: "customerId", value: "10978752986" }] };

type Units = ServiceTitan["units"];

export const request = <Key extends keyof Units>(action: Key, inputs: Units[Key]["inputs"]) =>
  JSON.stringify({ action, inputs });

request("getJob", { connection: "main", jobId: "10978752986" });
// @ts-expect-error the id of a customer is no input of it
request("getJob", { connection: "main", customerId: "10978752986" });

export function first(one: GetJobReply, several: ListJobsReply): Job[] {
  return [one.data, ...several.data.data];
}

export const used = [fields, job, id, appointments, list];
