"""What our receiving server found out about a sender, as it wrote it down (RFC 8601)."""

from __future__ import annotations

import re

from connectors.mail.headers import Headers
from connectors.mail.letter import Verdicts

_REMARK = re.compile(r"\([^()]*\)?")
_RESULT = re.compile(r"\s*(spf|dkim|dmarc)(?:/\d+)?\s*=\s*([a-z]{1,20})\b", re.IGNORECASE)


def read_verdicts(headers: Headers, server: str) -> Verdicts:
    """Read the uppermost header that bears the name of our server, and no other: anybody may write those below.

    `server` is its name as in Authentication-Results, "" for none: then nothing is believed. Of several signatures
    one that passes counts.
    """
    for value in headers.all("authentication-results"):
        name, _mark, results = _REMARK.sub(" ", value[:10_000]).partition(";")
        if server and name.split()[:1] == [server]:
            return _read(results)
    return Verdicts()


def _read(results: str) -> Verdicts:
    found: dict[str, str] = {}
    for result in results.split(";"):
        if match := _RESULT.match(result):
            method, verdict = match[1].lower(), match[2].lower()
            if verdict == "pass" or method not in found:
                found[method] = verdict
    return Verdicts(**found)
