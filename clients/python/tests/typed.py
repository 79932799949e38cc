"""Checked by mypy only: what must be accepted, and what must not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pipefit import AsyncClient, AsyncRecords, Client, Entry, PipefitError, Records
from pipefit.servicetitan import CreateJobInputs, Job


def sync(client: Client) -> None:
    job: Job = client.action("getJob", {"jobId": 10978752986})["data"]
    # The id of a reply is an id of an input.
    status: str = client.action("getJob", {"jobId": job["id"], "connection": "main"}, timeout=5)["data"]["jobStatus"]
    total: Decimal | None = job.get("total")

    client.action("getJobs", {"jobId": 1})  # type: ignore[call-overload]
    client.action("getJob", {})  # type: ignore[call-overload]
    client.action("getJob", {"jobId": 1, "id": 1})  # type: ignore[call-overload]
    client.action("getJob", {"jobId": 1.5})  # type: ignore[call-overload]
    job["nothing"]  # type: ignore[typeddict-item]
    missing: CreateJobInputs = {"priority": "Normal"}  # type: ignore[typeddict-item]

    records: Records[Job] = client.records({"action": "listJobs", "inputs": {"fetchAll": True}})
    numbers: list[str] = [record["jobNumber"] for record in records]
    entries: Records[Entry] = client.records({"dataSource": "selectJob", "inputs": {}})
    client.records({"action": "getJob", "inputs": {"jobId": 1}})  # type: ignore[call-overload]
    client.records({"action": "listJobs", "inputs": {"fetchall": True}})  # type: ignore[call-overload]
    volumes: Records[dict[str, Any]] = client.records({"component": "shelf", "action": "listVolumes"})

    state = client.trigger("pollChangesTrigger", {"resourceType": "jobs"})["state"]
    client.trigger("pollChangesTrigger", {"resourceType": "jobs"}, state)
    client.trigger("pollChangesTrigger", {"resourceType": "job"})  # type: ignore[typeddict-item]
    existing: bool = client.action("createJob", {**job}, idempotency_key="order-4711").get("existing", False)  # type: ignore[call-overload]

    try:
        client.invoke({"component": "shelf", "action": "getVolume", "inputs": {"id": 1}})
    except PipefitError as error:
        wait = (error.retry_after_seconds or 1) + 1 if error.code == "rate_limited" else 0
        if error.code == "too_many":  # type: ignore[comparison-overlap]
            raise


async def with_an_event_loop(client: AsyncClient) -> None:
    job: Job = (await client.action("getJob", {"jobId": 10978752986}))["data"]
    await client.action("getJob", {})  # type: ignore[call-overload]
    records: AsyncRecords[Job] = client.records({"action": "listJobs", "inputs": {"fetchAll": True}})
    numbers: list[str] = [record["jobNumber"] async for record in records]
    reply: dict[str, Any] = await client.submit({"action": "getJob", "inputs": {"jobId": 1}})
