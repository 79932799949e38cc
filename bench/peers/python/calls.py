"""A worker that calls `getJob` again and again: a task and what it took are lines of JSON."""

import asyncio
import json
import os
import sys
import time

import httpx

from jobs import TOKEN, headers, jobs_url, token_form


async def calls(client, url, count, size):
    left = iter(range(count))

    async def caller():
        for _ in left:
            response = await client.get(url)
            response.raise_for_status().json()

    began, used = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller() for _ in range(size)))
    return {"seconds": time.perf_counter() - began, "cpu": time.process_time() - used}


async def main():
    connection = json.loads(os.environ["CONNECTION"])
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:
        response = await client.post(TOKEN, data=token_form(connection))
        token = response.raise_for_status().json()["access_token"]
        client.headers.update(headers(connection, token))
        for line in sys.stdin:
            task = json.loads(line)
            done = await calls(client, f"{jobs_url(connection)}/1", task["count"], task["size"])
            print(json.dumps(done), flush=True)


asyncio.run(main())
