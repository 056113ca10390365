"""The diagram of a robot, drawn from its list of deeds: each deed is a way of its own from the start to an end.

Whether they make sense, the checks of every other diagram say (process_faults).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from crm.policies import seconds
from crm.process_sheets import LONGEST, Sheet, inside
from crm.process_xml import MODEL, OWN
from hub.said import said

Kind = Literal["task", "note", "stage", "letter", "chat"]
SUBJECT = "{company.name}"
"""Of what is meant for a chat and goes by mail, since the customer has none."""


class RobotDeed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is done: a task or a note for `who` with `text`, or the stage called `text`.

    Or the customer is written to: by a letter of the template called `text`, or in the chat that he used last with
    `text` itself, which goes by mail where he has none.

    `after` is how long it waits first ("3 days"), "" at once; `within` by when a task is to be done ("4 h"), "" by the
    promises for tasks of processes.
    """

    kind: Kind
    text: str
    who: str = "responsible"
    within: str = ""
    after: str = ""


def drawn(stage: str, deeds: Sequence[RobotDeed]) -> bytes:
    """Draw it; ValueError says which time cannot be read."""
    sheet = Sheet(stage)
    begin = sheet.node("startEvent", "start", stage, 0, 0)
    if len(deeds) > 1:
        begin = sheet.after(begin, sheet.node("parallelGateway", "each", "", 1, 0))
    for row, deed in enumerate(deeds):
        _way(sheet, begin, deed, row, stage)
    return sheet.file()


def _way(sheet: Sheet, begin: str, deed: RobotDeed, row: int, stage: str) -> None:
    """Draw a deed with what it waits for before."""
    at, here = begin, 2
    if deed.after:
        wait = sheet.node("intermediateCatchEvent", f"wait_{row}", deed.after, here, row)
        event = inside(sheet.element(wait), MODEL, "timerEventDefinition")
        inside(event, MODEL, "timeDuration").text = f"PT{_time(deed.after) // 60}M"
        at = sheet.after(at, wait)
        still = sheet.node("exclusiveGateway", f"still_{row}", "", here + 1, row)
        sheet.element(still).set("default", f"gone_{row}")
        sheet.after(at, still)
        sheet.after(still, sheet.node("endEvent", f"left_{row}", "", here + 1, row, low=True), f"gone_{row}")
        at, here = still, here + 2
    done = _deed(sheet, deed, row, here)
    sheet.after(at, done, f"there_{row}", f"stage == {_quoted(stage)}" if deed.after else "")
    sheet.after(done, sheet.node("endEvent", f"end_{row}", "", here + 1, row))


def _deed(sheet: Sheet, deed: RobotDeed, row: int, column: int) -> str:
    tag = {"task": "userTask", "stage": "serviceTask"}.get(deed.kind, "sendTask")
    made = sheet.node(tag, f"deed_{row}", deed.text[:LONGEST], column, row)
    more = inside(sheet.element(made), MODEL, "extensionElements")
    if deed.kind == "task":
        told = {"within": deed.within} if deed.within else {}
        inside(more, OWN, "work", who=deed.who, **told)
    elif deed.kind == "note":
        inside(more, OWN, "note", who=deed.who).text = deed.text
    elif deed.kind == "letter":
        inside(more, OWN, "message", template=deed.text)
    elif deed.kind == "chat":
        inside(more, OWN, "message", by="messenger", subject=SUBJECT).text = deed.text
    else:
        inside(more, OWN, "stage", name=deed.text)
    return made


def _time(text: str) -> int:
    """Read how long it waits, in seconds."""
    try:
        return seconds(text)
    except ValueError:
        raise ValueError(
            said("“%(text)s” is no time: write it as 15 min, 4 h or 2 days", text=text[:40])
        ) from None


def _quoted(stage: str) -> str:
    """Write a stage's name as our expressions read it."""
    mark = "'" if '"' in stage else '"'
    if mark in stage or "\\" in stage:
        raise ValueError(
            said("“%(stage)s” cannot be compared with: take one kind of quotation marks out", stage=stage)
        )
    return f"{mark}{stage}{mark}"
