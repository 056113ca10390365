"""Reports on letters of ours: what became of them (RFC 3464), and complaints of their recipients (RFC 5965)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.mail.bounds import IDENTITY, LINES, PART_HEAD, RECIPIENTS, REPORT, SUBJECT
from connectors.mail.headers import BREAK, Headers, read_headers
from connectors.mail.letter import Bounce
from connectors.mail.parts import Part
from connectors.mail.thread import IN_BRACKETS
from connectors.mail.transfer import content_of
from connectors.mail.words import words_of

REPORTS = frozenset({
    "message/delivery-status", "message/global-delivery-status", "message/feedback-report",
    "message/disposition-notification",
})  # fmt: skip

_RETURNED = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global"})
_GROUPS = re.compile(BREAK + rb"[ \t]*" + BREAK)
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_NO_COMPLAINT = frozenset({"not-spam", "auth-failure"})
# There is no such mailbox (RFC 3463): a bad address, not one of ours (5.1.7, 5.1.8); closed; no such domain.
_HARD = re.compile(r"5\.1\.(?:[0-6]|10)|5\.2\.1|5\.4\.[14]")
_POLICY = re.compile(r"5\.7\.\d+|5\.1\.[78]")


def read_reports(raw: memoryview, parts: list[Part], detail: str) -> tuple[Bounce, ...]:
    """Give what is reported of each recipient; `detail` is what follows the + in the address this came to."""
    for part in parts:
        if part.type.endswith("delivery-status"):
            return tuple(_deliveries(_groups(raw, part), detail, _original(raw, parts)))
        if part.type == "message/feedback-report":
            return tuple(_complaints(_groups(raw, part)[:1], detail, _original(raw, parts)))
    return ()


def judged(*, recipient: str, action: str, status: str, diagnostic: str, detail: str, original: str,
           envelope: str = "") -> Bounce:  # fmt: skip
    """Make a report, and say what follows from its status."""
    failed = action == "failed"
    return Bounce(
        recipient=recipient, action=action, status=status, diagnostic=diagnostic,
        hard=failed and _HARD.fullmatch(status) is not None,
        policy=failed and _POLICY.fullmatch(status) is not None,
        detail=detail, envelope_id=envelope, original_message_id=original,
    )  # fmt: skip


def _groups(raw: memoryview, part: Part) -> list[Headers]:
    """Give the groups of fields: of the whole report, then of each recipient."""
    place = raw[part.start : min(part.end, part.start + REPORT)]
    data = content_of(place, part.headers.first("content-transfer-encoding"))[0].strip()
    groups = _GROUPS.split(data, RECIPIENTS + 1)[: RECIPIENTS + 1]
    return [read_headers(group, 0, len(group), PART_HEAD, LINES)[0] for group in groups if group.strip()]


def _original(raw: memoryview, parts: list[Part]) -> str:
    """Give the Message-ID of the letter of ours that came back, or its headers."""
    for part in parts:
        if part.type in _RETURNED:
            place = raw[part.start : min(part.end, part.start + REPORT)]
            data = content_of(place, part.headers.first("content-transfer-encoding"))[0]
            found = IN_BRACKETS.search(read_headers(data, 0, len(data), REPORT, LINES)[0].first("message-id"))
            return found[1] if found else ""
    return ""


def _deliveries(groups: list[Headers], detail: str, original: str) -> Iterator[Bounce]:
    envelope = groups[0].words("original-envelope-id") if groups else ""
    for group in groups:
        if action := group.first("action").lower().split(" ")[0][:20]:
            status = _STATUS.search(group.first("status"))
            yield judged(
                recipient=_recipient(group), action=action, status=status[1] if status else "",
                diagnostic=group.words("diagnostic-code")[:SUBJECT], detail=detail, original=original,
                envelope=envelope[:IDENTITY],
            )  # fmt: skip


def _recipient(group: Headers) -> str:
    """Give whom we wrote to; the final address may be another one that his mail goes on to."""
    for name in ("original-recipient", "final-recipient"):
        address = words_of(group.first(name).rpartition(";")[2]).strip("<> ")
        if "@" in address and " " not in address:
            return address
    return ""


def _complaints(groups: list[Headers], detail: str, original: str) -> Iterator[Bounce]:
    for group in groups:
        feedback = group.words("feedback-type").lower()[:40] or "abuse"
        if feedback not in _NO_COMPLAINT:
            recipient = group.words("original-rcpt-to").strip("<> ")[:IDENTITY]
            yield Bounce(recipient=recipient, action=feedback, detail=detail, original_message_id=original)
