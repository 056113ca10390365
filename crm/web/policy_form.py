"""A policy as a form: minutes of working time, reminders before, and whom to tell when after the start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from crm.policies import ASSIGNEE, TOLD, Policy, Step
from crm.policy_preview import Proposal
from crm.worktime import LONGEST

MOST_STEPS = 20
LONGEST_MINUTES = LONGEST.total_seconds() / 60


class StepRow(msgspec.Struct, frozen=True):
    """One step: minutes since the start, and whom it tells."""

    after: str
    who: str


class Filled(msgspec.Struct, frozen=True):
    """What stands in the form."""

    minutes: str
    reminders: Sequence[str]
    steps: Sequence[StepRow]


@dataclass(slots=True)
class _Reading:
    """A form as it is read: the words about what is wrong, by field."""

    errors: dict[str, str] = field(default_factory=dict)

    def minutes(self, name: str, text: str, words: str) -> int | None:
        """Read minutes as seconds; None notes the mistake."""
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            value = -1
        if 0 < value <= LONGEST_MINUTES:
            return max(1, round(value * 60))
        self.errors.setdefault(name, words)
        return None


def filled(policy: Policy) -> Filled:
    """Give a policy as it stands in the form. A reminder to anybody but the assignee is a step."""
    reminders = [each for each in policy.escalation if each.after < 0 and each.tell == ASSIGNEE]
    steps = [each for each in policy.escalation if each not in reminders]
    return Filled(
        minutes=_minutes(policy.seconds),
        reminders=[_minutes(-each.after) for each in reminders],
        steps=[StepRow(_minutes(policy.seconds + each.after), each.tell) for each in steps],
    )


def typed(minutes: str, reminders: str, steps: Sequence[tuple[str, str]]) -> Filled:
    """Give what somebody typed, to be shown again beside what is wrong with it."""
    rows = [StepRow(after.strip(), who) for after, who in steps if after.strip()]
    return Filled(minutes.strip(), [each.strip() for each in reminders.split(",") if each.strip()], rows)


def read(form: Filled, people: Sequence[int]) -> tuple[Proposal | None, Mapping[str, str]]:
    """Read a filled form: the proposal, or by field what is wrong. `people` are those who can be named."""
    reading = _Reading()
    promise = reading.minutes("minutes", form.minutes, "Write a number of minutes, more than 0")
    before = _reminders(reading, form.reminders, promise)
    steps = _steps(reading, form.steps, promise or 0, people)
    if promise and not reading.errors and all(step.after < 0 for step in steps):
        reading.errors["steps"] = "Somebody must be told when it is late: add a step at or after its minutes"
    if promise is None or reading.errors:
        return None, reading.errors
    return Proposal(promise, tuple(sorted({*before, *steps}, key=lambda each: (each.after, each.tell)))), {}


def _reminders(reading: _Reading, texts: Sequence[str], promise: int | None) -> list[Step]:
    words = "Write minutes with commas between, such as “10, 5”"
    found = [reading.minutes("reminders", text, words) for text in texts[:MOST_STEPS]]
    if promise and any(before and before >= promise for before in found):
        reading.errors.setdefault(
            "reminders", "A reminder comes before the promise is up, and after its start"
        )
    return [Step(-before, ASSIGNEE) for before in found if before]


def _steps(reading: _Reading, rows: Sequence[StepRow], promise: int, people: Sequence[int]) -> list[Step]:
    who = {*TOLD, *(f"user:{user_id}" for user_id in people)}
    if any(row.who not in who for row in rows):
        reading.errors["steps"] = "Choose whom to tell from the list"
    words = "Write for each step a number of minutes since the start"
    found = [(reading.minutes("steps", row.after, words), row.who) for row in rows[:MOST_STEPS]]
    return [Step(after - promise, tell) for after, tell in found if after]


def _minutes(seconds: int) -> str:
    return f"{seconds / 60:.2f}".rstrip("0").rstrip(".")
