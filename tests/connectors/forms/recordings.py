"""Recorded posts of senders, as they go over the wire, with what each must give beside it.

`SENDER-what.http` is a request; `SENDER-what.json` says what becomes of it:

`posts`        what is read, each with only what is compared: key, form, name, phone, email, company, subject,
               message, order, and by label `fields` (all of them) and `origin`
`ping`         true where it merely tries the address
`proof`        the secret that proves it; `over` is "nothing" where that is sent along and signs no bytes
`timed`        whether a moment is signed, where its headers do not show that
`answer`       some of what the JSON of the answer says; `status` the status, where that is not 200
`settings`     of the channel
`received_at`  when it came, where that is not nine on 20 November 2026
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from connectors.forms import Forms, FormSettings
from connectors.forms.senders import ALL
from hub.connector import Raw
from tests.connectors.forms.conftest import NINE

FOLDER = Path(__file__).parents[2] / "wire" / "forms"
INTAKE = "/in/website/TOKEN"


class Recording(NamedTuple):
    """One recorded post."""

    name: str
    raw: Raw
    expected: Mapping[str, Any]

    @property
    def sender(self) -> str:
        """Give which sender's it is by its name, the longest that fits."""
        names = [sender.name for sender in ALL if f"{self.name}-".startswith(f"{sender.name}-")]
        return max(names, key=len, default="")

    def forms(self, **settings: object) -> Forms:
        """Give a channel that takes it, with the secret that proves it."""
        proof = {"secret": self.expected["proof"]} if "proof" in self.expected else {}
        wanted = {**self.expected.get("settings", {}), **proof, **settings}
        return Forms("website", "TOKEN", msgspec.convert(wanted, FormSettings))


def recordings() -> list[Recording]:
    """Give all of them by name."""
    return [_recording(path) for path in sorted(FOLDER.glob("*.http"))]


def _recording(path: Path) -> Recording:
    head, _blank, body = path.read_bytes().partition(b"\r\n\r\n")
    line, *lines = head.decode().split("\r\n")
    method, target, _version = line.split(" ")
    address, _mark, query = target.partition("?")
    headers = {name.lower(): value for name, _colon, value in (each.partition(": ") for each in lines)}
    headers |= {":method": method, ":query": query, ":remote": "203.0.113.5"}
    if below := address.removeprefix(INTAKE).lstrip("/"):
        headers[":path"] = below
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    received_at = datetime.fromisoformat(expected["received_at"]) if "received_at" in expected else NINE
    return Recording(path.stem, Raw(body=body, headers=headers, received_at=received_at, key="a1"), expected)
