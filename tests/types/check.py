"""Validates inputs, and replies of the sandbox, with the generated models."""

import json
import os
import subprocess

from pydantic import ValidationError

import types_ as types

ID = "10978752986"
APPOINTMENT = {"start": "2026-02-03T09:00:00Z", "end": "2026-02-03T11:00:00Z", "technicianIds": None}


def run(unit, key, inputs):
    """Runs a unit with inputs of a generated type and returns its reply."""
    given = json.loads(inputs.model_dump_json(exclude_none=True))
    del given["connection"]
    request = json.dumps({unit: key, "inputs": given})
    done = subprocess.run([os.environ["PIPEFIT"], "run", "--sandbox"], input=request, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    return done.stdout


def refused(model, inputs):
    try:
        model.model_validate(inputs)
    except ValidationError:
        return
    raise AssertionError(f"{model.__name__} takes {inputs}")


sandbox = {"connection": "sandbox"}
new_job = sandbox | {key: ID for key in ("customerId", "locationId", "businessUnitId", "jobTypeId", "campaignId")}
new_job |= {"priority": "Normal", "appointments": [APPOINTMENT], "summary": "No heat."}

job = types.GetJobReply.model_validate_json(run("action", "getJob", types.GetJobInputs(**sandbox, jobId=ID)))
assert isinstance(job.data, types.Job) and str(job.data.id) == ID

page = run("action", "listJobs", types.ListJobsInputs(**sandbox, pageSize="5"))
page = types.ListJobsReply.model_validate_json(page)
assert isinstance(page.data, types.JobPage) and len(page.data.data) == 5

new_job |= {key: str(getattr(job.data, key)) for key in ("customerId", "locationId", "businessUnitId", "jobTypeId", "campaignId")}
created = run("action", "createJob", types.CreateJobInputs.model_validate(new_job))
assert types.CreateJobReply.model_validate_json(created).data.summary == "No heat."

locations = types.SelectLocationInputs(**sandbox, customerId=str(job.data.customerId))
assert json.loads(run("dataSource", "selectLocation", locations))["result"]

changes = types.PollChangesTriggerInputs(**sandbox, resourceType="jobs")
types.PollChangesTriggerReply.model_validate_json(run("trigger", "pollChangesTrigger", changes))

refused(types.CreateJobInputs, new_job | {"customerID": ID})
refused(types.CreateJobInputs, new_job | {"appointments": [{"start": "2026-02-03T09:00:00Z"}]})
refused(types.GetJobReply, {"data": {"id": "no id"}})
