"""A rehearsal as its page shows it: what came of each version side by side, and what was assumed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date

import msgspec
from babel.dates import format_date
from babel.numbers import format_decimal

from crm.rehearsal_figures import Figures, Share, Step
from crm.rehearsal_scenes import Guess
from crm.rehearsal_words import Choices, Coming, Effort, Rehearsed
from hub.languages import N_, _, listener, ngettext

HOUR, TEN = 60, 10
NONE = "\N{EN DASH}"
FULL = 90  # percent of somebody's working time


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """What a table says of one version: words, and how much of the largest it is, in percent, for a bar."""

    words: str
    bar: int = 0
    wrong: bool = False


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is compared, with a cell for each version and figure."""

    name: str
    note: str
    cells: Sequence[Cell]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of the form: `name` of its field, what was typed, what holds without, and where that is from."""

    name: str
    label: str
    value: str
    usual: str
    source: str


class AskedShares(msgspec.Struct, frozen=True, kw_only=True):
    """How often each choice of an answer is made."""

    label: str
    source: str
    choices: Sequence[Asked]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The values of rehearsal.html."""

    id: int
    name: str
    weeks: int
    attention: int
    refused: str
    faults: Sequence[str]
    versions: Sequence[str]
    verdicts: Sequence[str]
    whole: Sequence[Row]
    people: Sequence[Row]
    steps: Sequence[Row]
    assumed: Sequence[str]
    minutes: Sequence[Asked]
    shares: Sequence[AskedShares]
    days: Sequence[Asked]


def shown_of(
    process_id: int, name: str, guess: Guess, found: Rehearsed | None, refused: str, faults: Sequence[str]
) -> Shown:
    """Give the values of the page; `found` is None where there is nothing to rehearse."""
    played = found.played if found else ()
    return Shown(
        id=process_id, name=name, weeks=guess.weeks, attention=guess.attention, refused=refused, faults=faults,
        versions=[_called(each) for each in played], verdicts=[_verdict(each) for each in played],
        whole=list(_whole(played)), people=_people(played), steps=_steps(played),
        assumed=found.assumed if found else (),
        minutes=[_asked_minutes(each, guess) for each in (found.efforts if found else ())],
        shares=[_asked_shares(each, guess) for each in (found.choices if found else ())],
        days=[_asked_days(each, guess) for each in (found.comings if found else ())],
    )  # fmt: skip


def _called(figures: Figures) -> str:
    if figures.version is None:
        return _("Draft")
    return _("Version %(number)s", number=figures.version)


def _verdict(figures: Figures) -> str:
    """Say in a sentence or two what came of a version."""
    parts = [_called(figures) + ":"]
    if not figures.runs:
        parts.append(_("nothing came in in these weeks, so nothing was played."))
    elif figures.jam:
        waits = next((step for step in figures.steps if step.name == figures.jam), None)
        parts.append(_("it jams at “%(step)s”, which waits for %(time)s of working time.", step=figures.jam,
                       time=_hours(waits.waits if waits else 0)))  # fmt: skip
        if waits is not None and waits.undone > waits.tasks / 2:
            parts.append(_("Most of these would still not be done: does anybody work there?"))
    else:
        parts.append(_("nothing jams."))
    if figures.stuck:
        parts.append(_("Stuck: %(why)s.", why="; ".join(figures.why_stuck)))
    if figures.passed_over:
        parts.append(
            ngettext("%(num)s request began nothing, since a run went on already.",
                     "%(num)s requests began nothing, since a run went on already.", figures.passed_over)
        )  # fmt: skip
    if figures.played_until is not None:
        parts.append(_("This took too long: it was played until %(day)s.", day=_day(figures.played_until)))
    return " ".join(parts)


def _whole(played: Sequence[Figures]) -> Iterator[Row]:
    """Compare the versions as wholes."""
    for name, figure in _FIGURES:
        yield Row(name=_(name), note="", cells=[figure(each) for each in played])


def _took(days: float | None) -> Cell:
    return Cell(words=NONE if days is None else _("%(days)s days", days=_decimal(days)))


_FIGURES: Sequence[tuple[str, Callable[[Figures], Cell]]] = (
    (N_("Runs"), lambda each: Cell(words=_decimal(each.runs))),
    (N_("Came to their end"), lambda each: Cell(words=_decimal(each.ended))),
    (N_("Would still go on"), lambda each: Cell(words=_decimal(each.going))),
    (N_("Stuck"), lambda each: Cell(words=_decimal(each.stuck), wrong=each.stuck > 0)),
    (N_("Tasks"), lambda each: Cell(words=_decimal(each.tasks))),
    (N_("Deadlines broken"), lambda each: Cell(words=_decimal(each.late), wrong=each.late > 0)),
    (N_("Half of the runs take"), lambda each: _took(each.days)),
    (N_("Nine of ten take"), lambda each: _took(each.days_nine)),
)


def _people(played: Sequence[Figures]) -> list[Row]:
    """Put those together who would have had something in any version."""
    names = {(each.name, each.queue): None for figures in played for each in figures.people}
    largest = max((each.tasks for figures in played for each in figures.people), default=0)
    rows = []
    for name, queue in names:
        cells: list[Cell] = []
        for figures in played:
            mine = next((each for each in figures.people if (each.name, each.queue) == (name, queue)), None)
            cells += _share(mine, largest)
        rows.append(Row(name=name, note=_("the queue") if queue else "", cells=cells))
    return rows


def _share(mine: Share | None, largest: int) -> list[Cell]:
    if mine is None:
        return [Cell(words=NONE)] * 4
    week = _("%(num)s, from %(day)s", num=mine.peak, day=_day(mine.peak_week)) if mine.peak_week else NONE
    return [
        Cell(words=_decimal(mine.tasks), bar=round(100 * mine.tasks / max(1, largest))),
        Cell(words=week),
        Cell(words=NONE if mine.busy is None else f"{mine.busy} %", wrong=(mine.busy or 0) >= FULL),
        Cell(words=_decimal(mine.late), wrong=mine.late > 0),
    ]


def _steps(played: Sequence[Figures]) -> list[Row]:
    names = {each.name: None for figures in played for each in figures.steps}
    longest = max((each.waits for figures in played for each in figures.steps), default=0.0)
    rows = []
    for name in names:
        cells: list[Cell] = []
        for figures in played:
            mine = next((each for each in figures.steps if each.name == name), None)
            cells += _step(mine, longest, jams=name == figures.jam)
        rows.append(Row(name=name, note="", cells=cells))
    return rows


def _step(mine: Step | None, longest: float, *, jams: bool) -> list[Cell]:
    if mine is None or not mine.tasks:
        return [Cell(words=NONE)] * 4
    return [
        Cell(words=_decimal(mine.tasks)),
        Cell(words=_hours(mine.waits), bar=round(100 * mine.waits / longest) if longest else 0, wrong=jams),
        Cell(words=_decimal(mine.queue)),
        Cell(words=_decimal(mine.late), wrong=mine.late > 0),
    ]


def _asked_minutes(effort: Effort, guess: Guess) -> Asked:
    source = _("nobody has done it yet")
    if effort.known:
        source = ngettext(
            "half of %(num)s earlier one; nine of ten: %(nine)s min",
            "half of %(num)s earlier ones; nine of ten: %(nine)s min", effort.known, nine=_decimal(effort.nine),
        )  # fmt: skip
    return _asked("minutes", effort.name, effort.name, effort.half, source, guess.minutes.get(effort.name))


def _asked_days(coming: Coming, guess: Guess) -> Asked:
    source = _("nothing is known of it")
    if coming.known:
        source = ngettext("half of %(num)s earlier one", "half of %(num)s earlier ones", coming.known)
    label = _(coming.message).capitalize()
    return _asked("days", coming.message, label, coming.days, source, guess.days.get(coming.message))


def _asked_shares(choices: Choices, guess: Guess) -> AskedShares:
    said = guess.shares.get(choices.name, {})
    source = _("each as often as the others")
    if choices.known:
        source = ngettext("as in %(num)s deal", "as in %(num)s deals", choices.known)
    return AskedShares(
        label=choices.label, source=_("as you said") if choices.said else source,
        choices=[
            _asked("shares", f"{choices.name}.{choice}", choice, share, "", said.get(choice))
            for choice, share in choices.shares
        ],
    )  # fmt: skip


def _asked(kind: str, name: str, label: str, usual: float, source: str, said: float | None) -> Asked:
    return Asked(
        name=f"{kind}.{name}", label=label, value="" if said is None else f"{said:g}", usual=_decimal(usual),
        source=_("as you said") if said is not None else source,
    )  # fmt: skip


def _hours(hours: float) -> str:
    if hours < 1:
        return _("%(num)s min", num=round(hours * HOUR))
    return _("%(num)s h", num=_decimal(hours if hours < TEN else round(hours)))


def _decimal(number: float) -> str:
    return str(format_decimal(number, locale=listener().locale))


def _day(day: date) -> str:
    return str(format_date(day, "d MMM", locale=listener().locale))
