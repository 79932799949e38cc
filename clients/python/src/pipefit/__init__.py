"""Runs actions, data sources and triggers of Pipefit, by `pipefit serve`."""

from .aio import AsyncCall, AsyncClient, AsyncRecords
from .client import Call, Client, Records
from .errors import PipefitError
from .requests import ComponentRequest, Diagnosis, Entries, Entry, Finding, Request

__all__ = [
    "AsyncCall",
    "AsyncClient",
    "AsyncRecords",
    "Call",
    "Client",
    "ComponentRequest",
    "Diagnosis",
    "Entries",
    "Entry",
    "Finding",
    "PipefitError",
    "Records",
    "Request",
]
