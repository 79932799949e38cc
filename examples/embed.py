#!/usr/bin/env python3
"""Runs an action from Python: JSON in, JSON out, nothing to install.

The binary is `pipefit` on the PATH, or what the variable PIPEFIT names. `--sandbox` makes this work without an
account; leave it out and put a connection among the inputs to act on a real one.
"""

import json
import os
import subprocess
import sys

TRY_AGAIN_LATER = 5


class PipefitError(Exception):
    """What went wrong. Branch on `code`; `error` holds everything, such as `issues` and `retryAfterSeconds`."""

    def __init__(self, error, status):
        super().__init__(f"{error['code']}: {error['message']}")
        self.code = error["code"]
        self.error = error
        self.try_again_later = status == TRY_AGAIN_LATER


def invoke(request, *flags):
    """Runs one request and returns its reply; raises PipefitError where it failed."""
    command = [os.environ.get("PIPEFIT", "pipefit"), "run", *flags]
    done = subprocess.run(command, input=json.dumps(request).encode(), stdout=subprocess.PIPE, check=False)
    reply = json.loads(done.stdout)
    if done.returncode != 0:
        raise PipefitError(reply["error"], done.returncode)
    return reply


def main():
    """Reads one job, then asks for one that cannot be."""
    reply = invoke({"action": "getJob", "inputs": {"jobId": "10978752986"}}, "--sandbox")
    job = reply["data"]
    print(f"job {job['id']}: {job['jobStatus']}")

    try:
        invoke({"action": "getJob", "inputs": {"jobId": "soon"}}, "--sandbox")
    except PipefitError as error:
        print(f"refused as it should be, {error}")
        return 0
    print("an id that is no id was accepted", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
