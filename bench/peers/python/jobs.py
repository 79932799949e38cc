"""What both programs have in common: a token, a job, and all jobs page by page."""

import os

API = os.environ["PIPEFIT_API_URL"]
TOKEN = os.environ["PIPEFIT_TOKEN_URL"]


def token_form(connection):
    fields = connection["fields"]
    return {
        "grant_type": "client_credentials",
        "client_id": fields["clientId"],
        "client_secret": fields["clientSecret"],
    }


def headers(connection, token):
    return {"Authorization": f"Bearer {token}", "ST-App-Key": connection["fields"]["applicationKey"]}


def jobs_url(connection):
    return f"{API}/jpm/v2/tenant/{connection['fields']['tenant']}/jobs"
