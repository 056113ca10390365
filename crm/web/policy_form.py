"""A policy as a form: whom it covers, how much working time or how many days, reminders, and whom to tell when."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast, get_args

import msgspec

from crm.policies import ASSIGNEE, MOST_DAYS, TARGETS, TOLD, Step, Target
from crm.policy_preview import Proposal
from crm.worktime import LONGEST
from hub.languages import N_, _

MOST_STEPS = 20
DAY = 86_400  # seconds that a working day counts for where it is compared with hours
LONGEST_NAME = 80
KINDS = {
    "form": N_("Forms"),
    "order": N_("Orders"),
    "call": N_("Calls"),
    "mail": N_("Mail"),
    "chat": N_("Chats"),
}
UNITS = {"min": N_("minutes of working time"), "h": N_("hours of working time"), "day": N_("working days")}
SECONDS = {"min": 60, "h": 3600, "day": DAY}
SIDES = {
    "min_before": N_("minutes before"), "h_before": N_("hours before"), "day_before": N_("working days before"),
    "min_after": N_("minutes after"), "h_after": N_("hours after"), "day_after": N_("working days after"),
}  # fmt: skip
UNSEEN = "10"
_TOO_EARLY = N_("A reminder comes before the promise is up, and after its start")


class StepRow(msgspec.Struct, frozen=True):
    """One step: how far before or after the promise is up, and whom it tells."""

    after: str
    who: str
    side: str = "min_after"


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the form."""

    name: str = ""
    target: str = TARGETS[0]
    kinds: Sequence[str] = ()
    departments: Sequence[str] = ()
    within: str = "30"
    unit: str = "min"
    reminders: Sequence[str] = ("5",)
    steps: Sequence[StepRow] = (StepRow("0", "head"),)
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
        found = amount(text, "min")
        if found and found[0]:
            return found[0]
        self.errors.setdefault(name, words)
        return None

    def expect(self, name: str, words: str, *, right: bool) -> None:
        """Note a mistake unless it is right."""
        if not right:
            self.errors.setdefault(name, words)


def amount(text: str, unit: str) -> tuple[int, int] | None:
    """Read a number of a unit as seconds and, in days, as so many days; None where it is no such number."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    seconds = value * SECONDS.get(unit, 0)
    if not 0 <= seconds <= LONGEST.total_seconds() or (value and not seconds):
        return None
    if unit != "day":
        return max(1, round(seconds)) if seconds else 0, 0
    return (int(seconds), int(value)) if value.is_integer() and value <= MOST_DAYS else None


def filled(policy: Proposal) -> Filled:
    """Give a policy as it stands in the form. A reminder to anybody but the assignee, or days before, is a step."""
    reminders = [each for each in policy.steps if each.after < 0 and each.tell == ASSIGNEE and not each.days]
    within, unit = _counted(policy.seconds, policy.days)
    steps = [each for each in policy.steps if each not in reminders]
    return Filled(
        name=policy.name, target=policy.target, kinds=policy.kinds,
        departments=[str(each) for each in policy.departments],
        within=within, unit=unit, reminders=[minutes(-each.after) for each in reminders],
        steps=[_row(each) for each in steps],
        unseen=minutes(policy.unseen_seconds),
    )  # fmt: skip


def typed(said: Mapping[str, str], several: Callable[[str], list[str]]) -> Filled:
    """Give what somebody typed, to be shown again beside what is wrong with it."""
    after = several("step_after")
    sides = [*several("step_side"), *["min_after"] * len(after)]
    rows = zip(after, several("step_who"), sides, strict=False)
    return Filled(
        name=" ".join(said.get("name", "").split()),
        target=said.get("target", TARGETS[0]),
        kinds=several("kinds"),
        departments=several("departments"),
        within=said.get("within", "").strip(),
        unit=said.get("unit", "min"),
        reminders=[each.strip() for each in said.get("reminders", "").split(",") if each.strip()],
        steps=[StepRow(after.strip(), who, side) for after, who, side in rows if after.strip()],
        unseen=said.get("unseen", UNSEEN).strip(),
    )


def read(form: Filled, known: Known) -> tuple[Proposal | None, Mapping[str, str]]:
    """Read a filled form: the proposal, or by field what is wrong."""
    reading = _Reading()
    _cover(reading, form, known)
    promise = _promise(reading, form)
    span = promise[0] if promise else None
    before = _reminders(reading, form.reminders, span)
    steps = _steps(reading, form.steps, span, known.people)
    unseen = reading.minutes("unseen", form.unseen, _("Write a number of minutes, more than 0"))
    if promise and not reading.errors and all(step.after < 0 for step in steps):
        words = _("Somebody must be told when it is late: add a step that comes 0 minutes after, or later")
        reading.errors["steps"] = words
    if promise is None or unseen is None or reading.errors:
        return None, reading.errors
    ordered = tuple(sorted({*before, *steps}, key=lambda each: (each.after, each.tell)))
    return Proposal(
        name=form.name, kinds=tuple(sorted(set(form.kinds))), target=cast("Target", form.target),
        departments=tuple(sorted({int(each) for each in form.departments})),
        seconds=promise[0], days=promise[1], steps=ordered, unseen_seconds=unseen,
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


def _promise(reading: _Reading, form: Filled) -> tuple[int, int] | None:
    found = amount(form.within, form.unit)
    if found and found[0]:
        return found
    words = (
        _("Write a number, more than 0")
        if form.unit != "day"
        else _("Write a whole number of days, at most 365")
    )
    reading.errors["within"] = words
    return None


def _reminders(reading: _Reading, texts: Sequence[str], promise: int | None) -> list[Step]:
    words = _("Write minutes with commas between, such as “10, 5”")
    found = [reading.minutes("reminders", text, words) for text in texts[:MOST_STEPS]]
    if promise and any(before and before >= promise for before in found):
        reading.errors.setdefault("reminders", _(_TOO_EARLY))
    return [Step(-before, ASSIGNEE) for before in found if before]


def _steps(
    reading: _Reading, rows: Sequence[StepRow], promise: int | None, people: Collection[int]
) -> list[Step]:  # fmt: skip
    who = {*TOLD, *(f"user:{user_id}" for user_id in people)}
    if any(row.who not in who for row in rows):
        reading.errors["steps"] = _("Choose whom to tell from the list")
    found = [step for row in rows[:MOST_STEPS] if (step := _step(row)) is not None]
    if len(found) < min(len(rows), MOST_STEPS):
        words = _("Write for each step a number, in days a whole one")
        reading.errors.setdefault("steps", words)
    if promise and any(-step.after >= promise for step in found):
        reading.errors.setdefault("steps", _(_TOO_EARLY))
    return found


def _step(row: StepRow) -> Step | None:
    unit, _joint, side = row.side.partition("_")
    found = amount(row.after, unit) if row.side in SIDES else None
    return Step(found[0] if side == "after" else -found[0], row.who, found[1]) if found else None


def _row(step: Step) -> StepRow:
    number, unit = _counted(abs(step.after), step.days)
    return StepRow(number, step.tell, f"{unit}_{'before' if step.after < 0 else 'after'}")


def _counted(seconds: int, days: int) -> tuple[str, str]:
    """Give a span as a number and its unit: days where it was said in them, full hours, or minutes."""
    if days:
        return str(days), "day"
    hours, rest = divmod(seconds, 3600)
    return (str(hours), "h") if hours and not rest else (minutes(seconds), "min")


def minutes(seconds: int) -> str:
    """Write seconds as minutes."""
    return f"{seconds / 60:.2f}".rstrip("0").rstrip(".")
