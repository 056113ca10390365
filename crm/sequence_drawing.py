"""The diagram of a sequence, drawn from its steps: one way from the start to the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from crm.policies import days, seconds
from crm.process_diagrams import HOUR
from crm.process_elements import Wait
from crm.process_sheets import Sheet, inside
from crm.process_xml import MODEL, OWN, Element
from crm.sequences import Step
from hub.languages import N_, _
from hub.said import said

SHORTEST, LONGEST = 60, 366 * 86_400  # seconds of a wait
CONDITIONS: Mapping[str, str] = {
    "clicked": N_("followed a link of the letter before"),
    "not-clicked": N_("followed no link of the letter before"),
    "opened": N_("opened the letter before"),
    "not-opened": N_("did not open the letter before"),
}
"""Conditions on the letter before, in words."""
IN: Final = "in-segment"
NOT_IN: Final = "not-in-segment"
GONE: Final = "gone_"
"""How the ends begin where somebody leaves of whom a condition does not hold."""


def drawn(name: str, steps: Sequence[Step], letters: Mapping[int, str], segments: Mapping[int, str]) -> bytes:
    """Draw it, `letters` and `segments` being what they are called; ValueError says which step cannot be."""
    sheet = Sheet(name)
    at, flow, asked = sheet.node("startEvent", "start", "", 0, 0), ("", ""), False
    for place, step in enumerate(steps, 1):
        here = _step(sheet, step, place, letters, segments)
        at, flow = sheet.after(at, here, *flow), ("", "")
        if step.kind == "if":
            if not asked and step.holds in CONDITIONS:
                raise ValueError(said("Step %(num)s asks for a letter before it: there is none.", num=place))
            gone = sheet.node("endEvent", f"{GONE}{place}", _("Leaves"), place, 0, low=True)
            sheet.element(at).set("default", f"leaves_{place}")
            sheet.after(at, gone, f"leaves_{place}")
            flow = (f"holds_{place}", _asked(step))
        asked = asked or step.kind == "letter"
    sheet.after(at, sheet.node("endEvent", "end", "", len(steps) + 1, 0), *flow)
    return sheet.file()


def waits(text: str) -> int:
    """Read how long a step waits, in seconds; ValueError says why it cannot be."""
    try:
        found = seconds(text)
    except ValueError:
        raise ValueError(
            said("“%(text)s” is no time: write it as 15 min, 4 h or 2 days", text=text[:40])
        ) from None
    if not SHORTEST <= found <= LONGEST:
        raise ValueError(said("A step waits between a minute and a year."))
    return found


def _asked(step: Step) -> str:
    """Write a condition as processes read it."""
    name = f"segment_{step.segment}" if step.segment else f"letter_{step.holds.removeprefix('not-')}"
    return f"not {name}" if step.holds.startswith("not-") else name


def said_condition(step: Step, segments: Mapping[int, str]) -> str:
    """Say of whom a condition holds, `segments` being what they are called."""
    if step.holds in CONDITIONS:
        return _(CONDITIONS[step.holds])
    called = segments.get(step.segment, "")
    if step.holds == IN:
        return _("is in the segment “%(segment)s”", segment=called)
    return _("is not in the segment “%(segment)s”", segment=called)


def said_wait(step: Step) -> str:
    """Say for how long a step waits."""
    if step.at and not step.wait:
        return _("Wait until %(time)s", time=step.at)
    words = _("Wait %(time)s", time=step.wait)
    if step.working:
        words = _("%(wait)s of working time", wait=words)
    return _("%(wait)s, then until %(time)s", wait=words, time=step.at) if step.at else words


def wait_of(step: Step) -> Wait:
    """Give how long a step waits as the process knows it; ValueError says why it cannot be."""
    if step.at and not HOUR.fullmatch(step.at):
        raise ValueError(said("“%(text)s” is no hour: write it as 09:00.", text=step.at[:40]))
    whole = days(step.wait) if step.working and step.wait else 0
    spent = waits(step.wait) if step.wait or not step.at else 0
    return Wait(seconds=spent, days=whole or 0, working=step.working, at=step.at)


def _wait(event: Element, step: Step) -> None:
    wait = wait_of(step)
    minutes, spare = divmod(wait.seconds or 0, 60)
    spent = f"P{wait.days}D" if wait.days else f"PT{minutes}M{spare}S" if spare else f"PT{minutes}M"
    inside(event, MODEL, "timeDuration").text = spent
    if wait.working:
        event.set(f"{{{OWN}}}clock", "working")
    if step.at:
        event.set(f"{{{OWN}}}at", step.at)


def _step(
    sheet: Sheet, step: Step, place: int, letters: Mapping[int, str], segments: Mapping[int, str]
) -> str:
    name = f"step_{place}"
    if step.kind == "wait":
        made = sheet.node("intermediateCatchEvent", name, said_wait(step), place, 0)
        _wait(inside(sheet.element(made), MODEL, "timerEventDefinition"), step)
        return made
    if step.kind == "if":
        return sheet.node("exclusiveGateway", name, said_condition(step, segments), place, 0)
    made = sheet.node("serviceTask", name, letters.get(step.letter, ""), place, 0)
    more = inside(sheet.element(made), MODEL, "extensionElements")
    inside(more, OWN, "letter", name=str(step.letter))
    return made
