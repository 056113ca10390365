"""SLA policies: which requests get a promise, how much working time or how many days it gives, who is told when."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal, get_args

import msgspec
from sqlalchemy.orm import Mapped, mapped_column

from crm.worktime import LONGEST
from hub.clock import now
from hub.db import Base, Document
from hub.languages import _
from hub.shapes import convert

Target = Literal["first response", "next response", "resolution"]
TARGETS: tuple[Target, ...] = get_args(Target)
ASSIGNEE, HEAD, COMPANY = "assignee", "head", "company"
TOLD = (ASSIGNEE, HEAD, COMPANY)

MOST_DAYS = 365

_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|sek|sec|min|h|hours?|tim|timm(?:e|ar)|days?|dag(?:ar)?)\s*")
_PERSON = re.compile(r"user:\d{1,18}")
_UNITS = {
    "s": 1, "sec": 1, "sek": 1, "min": 60, "h": 3600, "hour": 3600, "hours": 3600, "tim": 3600, "timme": 3600,
    "timmar": 3600, "day": 86400, "days": 86400, "dag": 86400, "dagar": 86400,
}  # fmt: skip


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step: `after` seconds of working time from the breach (negative: a reminder), whom it tells.

    Where it was said in working days, `days` is how many, and `after` is 24 hours for each.
    """

    after: int
    tell: str
    days: int = 0


class Policy(Base):
    """One promise. An empty list in `kinds` or `departments` means all.

    `seconds` is working time; where it was said in working days, `days` is how many, and `seconds` 24 hours for each.
    `unseen_seconds`: an alarm that nobody has seen for so long goes to the next step at once.
    """

    __tablename__ = "policies"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    position: Mapped[int]
    kinds: Mapped[list[str]] = mapped_column(Document)
    departments: Mapped[list[int]] = mapped_column(Document)
    target: Mapped[str]
    seconds: Mapped[int]
    days: Mapped[int] = mapped_column(default=0)
    steps: Mapped[list[dict[str, object]]] = mapped_column(Document)
    unseen_seconds: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by: Mapped[int | None]
    retired_at: Mapped[datetime | None]

    @property
    def escalation(self) -> tuple[Step, ...]:
        """The steps in the order of time. A broken promise tells somebody: where no step does, the head."""
        steps = convert(self.steps, tuple[Step, ...])
        if all(step.after < 0 for step in steps):
            steps += (Step(0, HEAD),)
        return tuple(sorted(steps, key=lambda step: step.after))

    def covers(self, kind: str, department_id: int | None) -> bool:
        """Tell whether a task of this kind in this department gets this promise."""
        return (not self.kinds or kind in self.kinds) and (
            not self.departments or department_id in self.departments
        )


SET_BY_HAND = Policy(
    name="", position=0, kinds=[], departments=[], target="resolution", seconds=0, days=0, unseen_seconds=600,
    steps=[{"after": -600, "tell": ASSIGNEE}, {"after": 0, "tell": ASSIGNEE}, {"after": 900, "tell": HEAD}],
)  # fmt: skip
"""How a time that somebody set himself is kept. It is no rule of the company's, and in no list of them."""


def seconds(text: str) -> int:
    """Read a duration such as "15 min", "2 h" or "30 s" of working time."""
    found = _DURATION.fullmatch(text)
    if not found:
        raise ValueError(_("“%(text)s” is no duration; write it like “15 min”, “2 h” or “1 day”", text=text))
    span = round(float(found.group(1)) * _UNITS[found.group(2)])
    if span > LONGEST.total_seconds():
        raise ValueError(_("“%(text)s” is more than a year of working time", text=text))
    return span


def within(text: str) -> tuple[int, int]:
    """Read what is promised: "15 min" or "2 h" as seconds of working time and no days, "1 day" as both."""
    span, whole = seconds(text), days(text)
    if whole is None:
        raise ValueError(_("“%(text)s” is a part of a day: write hours, or whole days", text=text))
    if whole > MOST_DAYS:
        raise ValueError(_("“%(text)s” is more than a year of working time", text=text))
    return span, whole


def days(text: str) -> int | None:
    """Tell how many days a duration says, 0 where it says hours or less; None where it says a part of a day."""
    found = _DURATION.fullmatch(text)
    if not found or _UNITS[found.group(2)] != _UNITS["day"]:
        return 0
    return int(found.group(1)) if found.group(1).isdigit() else None


def step(when: str, tell: str) -> Step:
    """Read a step: ("5 min before", "assignee"), ("at breach", "head") or ("15 min after", "company")."""
    if tell not in TOLD and not _PERSON.fullmatch(tell):
        raise ValueError(
            _("“%(who)s” cannot be told; write %(whom)s or user:ID", who=tell, whom=", ".join(TOLD))
        )
    if when == "at breach":
        return Step(0, tell)
    duration, _sep, side = when.rpartition(" ")
    if side not in {"before", "after"}:
        raise ValueError(
            _(
                "“%(when)s” is no time of a step; write “5 min before”, “at breach” or “15 min after”",
                when=when,
            )
        )
    span, whole = within(duration)
    sign = 1 if side == "after" else -1
    return Step(sign * span, tell, whole)
