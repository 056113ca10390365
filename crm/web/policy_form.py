"""A policy as a form: whom it covers, minutes of working time, reminders before, and whom to tell when after."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast, get_args

import msgspec

from crm.policies import ASSIGNEE, TARGETS, TOLD, Step, Target
from crm.policy_preview import Proposal
from crm.worktime import LONGEST
from hub.languages import N_, _

MOST_STEPS = 20
LONGEST_MINUTES = LONGEST.total_seconds() / 60
LONGEST_NAME = 80
KINDS = {
    "form": N_("Forms"),
    "order": N_("Orders"),
    "call": N_("Calls"),
    "mail": N_("Mail"),
    "chat": N_("Chats"),
}
UNSEEN = "10"


class StepRow(msgspec.Struct, frozen=True):
    """One step: minutes since the start, and whom it tells."""

    after: str
    who: str


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the form."""

    name: str = ""
    target: str = TARGETS[0]
    kinds: Sequence[str] = ()
    departments: Sequence[str] = ()
    minutes: str = "30"
    reminders: Sequence[str] = ("5",)
    steps: Sequence[StepRow] = (StepRow("30", "head"),)
    unseen: str = UNSEEN


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What a form can name: people who can be told, departments, and whether the name is another's already."""

    people: Collection[int]
    departments: Collection[int]
    taken: Callable[[str], bool]


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

    def expect(self, name: str, words: str, *, right: bool) -> None:
        """Note a mistake unless it is right."""
        if not right:
            self.errors.setdefault(name, words)


def filled(policy: Proposal) -> Filled:
    """Give a policy as it stands in the form. A reminder to anybody but the assignee is a step."""
    reminders = [each for each in policy.steps if each.after < 0 and each.tell == ASSIGNEE]
    steps = [each for each in policy.steps if each not in reminders]
    return Filled(
        name=policy.name, target=policy.target, kinds=policy.kinds,
        departments=[str(each) for each in policy.departments],
        minutes=minutes(policy.seconds),
        reminders=[minutes(-each.after) for each in reminders],
        steps=[StepRow(minutes(policy.seconds + each.after), each.tell) for each in steps],
        unseen=minutes(policy.unseen_seconds),
    )  # fmt: skip


def typed(said: Mapping[str, str], several: Callable[[str], list[str]]) -> Filled:
    """Give what somebody typed, to be shown again beside what is wrong with it."""
    pairs = zip(several("step_after"), several("step_who"), strict=False)
    return Filled(
        name=" ".join(said.get("name", "").split()),
        target=said.get("target", TARGETS[0]),
        kinds=several("kinds"),
        departments=several("departments"),
        minutes=said.get("minutes", "").strip(),
        reminders=[each.strip() for each in said.get("reminders", "").split(",") if each.strip()],
        steps=[StepRow(after.strip(), who) for after, who in pairs if after.strip()],
        unseen=said.get("unseen", UNSEEN).strip(),
    )


def read(form: Filled, known: Known) -> tuple[Proposal | None, Mapping[str, str]]:
    """Read a filled form: the proposal, or by field what is wrong."""
    reading = _Reading()
    _cover(reading, form, known)
    promise = reading.minutes("minutes", form.minutes, _("Write a number of minutes, more than 0"))
    before = _reminders(reading, form.reminders, promise)
    steps = _steps(reading, form.steps, promise or 0, known.people)
    unseen = reading.minutes("unseen", form.unseen, _("Write a number of minutes, more than 0"))
    if promise and not reading.errors and all(step.after < 0 for step in steps):
        words = _("Somebody must be told when it is late: add a step at or after its minutes")
        reading.errors["steps"] = words
    if promise is None or unseen is None or reading.errors:
        return None, reading.errors
    ordered = tuple(sorted({*before, *steps}, key=lambda each: (each.after, each.tell)))
    return Proposal(
        name=form.name, kinds=tuple(sorted(set(form.kinds))), target=cast("Target", form.target),
        departments=tuple(sorted({int(each) for each in form.departments})),
        seconds=promise, steps=ordered, unseen_seconds=unseen,
    ), {}  # fmt: skip


def _cover(reading: _Reading, form: Filled, known: Known) -> None:
    """Read what it is called and whom it covers."""
    reading.expect(
        "name", _("Give it a name of at most 80 letters"), right=0 < len(form.name) <= LONGEST_NAME
    )
    reading.expect(
        "name", _("Another policy is called so, perhaps a retired one"), right=not known.taken(form.name)
    )
    reading.expect(
        "target", _("Choose what is promised from the list"), right=form.target in get_args(Target)
    )
    reading.expect("kinds", _("Choose kinds from the list"), right=set(form.kinds) <= set(KINDS))
    places = {str(each) for each in known.departments}
    reading.expect(
        "departments", _("Choose departments from the list"), right=set(form.departments) <= places
    )


def _reminders(reading: _Reading, texts: Sequence[str], promise: int | None) -> list[Step]:
    words = _("Write minutes with commas between, such as “10, 5”")
    found = [reading.minutes("reminders", text, words) for text in texts[:MOST_STEPS]]
    if promise and any(before and before >= promise for before in found):
        words = _("A reminder comes before the promise is up, and after its start")
        reading.errors.setdefault("reminders", words)
    return [Step(-before, ASSIGNEE) for before in found if before]


def _steps(
    reading: _Reading, rows: Sequence[StepRow], promise: int, people: Collection[int]
) -> list[Step]:  # fmt: skip
    who = {*TOLD, *(f"user:{user_id}" for user_id in people)}
    if any(row.who not in who for row in rows):
        reading.errors["steps"] = _("Choose whom to tell from the list")
    words = _("Write for each step a number of minutes since the start")
    found = [(reading.minutes("steps", row.after, words), row.who) for row in rows[:MOST_STEPS]]
    return [Step(after - promise, tell) for after, tell in found if after]


def minutes(seconds: int) -> str:
    """Write seconds as minutes."""
    return f"{seconds / 60:.2f}".rstrip("0").rstrip(".")
