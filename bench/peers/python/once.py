"""`once.py PAGE_SIZE < request.json`: reads a request, fetches a token, and writes the job or all jobs."""

import json
import sys

import httpx

from jobs import TOKEN, headers, jobs_url, token_form


def all_jobs(client, url, size):
    jobs, page = [], 1
    while True:
        response = client.get(url, params={"page": page, "pageSize": size, "sort": "+Id"}).raise_for_status()
        reply = response.json()
        jobs += reply["data"]
        if not reply["hasMore"]:
            return jobs
        page += 1


def main():
    request = json.load(sys.stdin)
    inputs = request["inputs"]
    connection = inputs["connection"]
    with httpx.Client() as client:
        token = client.post(TOKEN, data=token_form(connection)).raise_for_status().json()["access_token"]
        client.headers.update(headers(connection, token))
        url = jobs_url(connection)
        if request["action"] == "getJob":
            data = client.get(f"{url}/{inputs['jobId']}").raise_for_status().json()
        else:
            data = all_jobs(client, url, sys.argv[1])
    print(json.dumps({"data": data}, separators=(",", ":")))


main()
