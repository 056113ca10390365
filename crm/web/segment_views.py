"""What the pages of segments show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy.orm import Session

from crm import segment_changes, segment_rules
from crm.campaigns import Campaign
from crm.contacts import Contact, handles_of
from crm.desk import Refusal
from crm.segment_conditions import DEEPEST, NAMES, Group, Path
from crm.segment_sql import asking
from crm.segment_words import Teller
from crm.segments import Segment
from crm.setup import setup
from crm.web import segment_drafts
from crm.web.filters import Pairs
from crm.web.names import called
from crm.web.segment_drafts import ROOT, WAYS, Draft
from crm.web.segment_parameters import Parameter, parameters
from hub.languages import N_, _
from hub.users import Viewer

JOINED = {"all": N_("All of these hold"), "any": N_("Any of these holds"), "none": N_("None of these holds")}
STATES = {
    "draft": N_("being written"), "scheduled": N_("scheduled"), "running": N_("running"), "paused": N_("paused"),
    "done": N_("done"), "cancelled": N_("cancelled"),
}  # fmt: skip


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign that goes to a segment or leaves it out (`without`), or a sequence with a condition that asks for it.

    `state` is in words; `asks`: it is a sequence.
    """

    name: str
    state: str
    without: bool = False
    asks: bool = False


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One segment in the room."""

    id: int
    name: str
    words: str
    uses: Sequence[Use] = ()


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a condition, with what stands in it and what is wrong with that."""

    parameter: Parameter
    value: str
    error: str


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A group (`of`) or a condition as the form shows it; `key` is its name in the form, `words` say it."""

    key: str
    of: str
    what: str
    error: str
    words: str
    fields: Sequence[Filled]
    rules: Sequence[Part]
    is_deep: bool


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom it means."""

    id: int
    name: str
    about: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule comes to; without `counted` something in it is not complete, or `refused` says why not."""

    counted: bool = False
    count: int = 0
    words: str = ""
    refused: str = ""
    people: Sequence[Person] = ()


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _segment.html."""

    id: int
    name: str
    error: str
    root: Part
    found: Found
    whats: Pairs
    ways: Pairs
    uses: Sequence[Use] = ()
    retired: bool = False


class Work(msgspec.Struct, kw_only=True):
    """A segment that is worked on: its name and its rule as they stand in the form, and what was wrong with them."""

    name: str
    draft: Draft
    error: str = ""
    tried: bool = False


def lines(session: Session, viewer: Viewer, *, retired: bool) -> list[Line]:
    """Give the segments of the room."""
    found = segment_changes.segments(session, retired=retired)
    uses = _uses(session, [each.id for each in found])
    teller = Teller(session, asking(session, viewer))
    return [
        Line(id=each.id, name=each.name, words=teller.say(segment_rules.parse(each.rule)),
             uses=uses[each.id])
        for each in found
    ]  # fmt: skip


def shown(session: Session, viewer: Viewer, segment: Segment | None, work: Work) -> Shown:
    """Give the form with what it comes to."""
    rule = segment_drafts.finished(session, work.draft)
    ask = asking(session, viewer)
    faults = segment_rules.faults(session, ask, rule) if rule is not None else {}
    known = _Drawing(session, viewer, Teller(session, ask), faults, work.tried)
    return Shown(
        id=segment.id if segment else 0, name=work.name, error=work.error, root=known.part(work.draft, ()),
        found=found(session, viewer, rule) if rule is not None and not faults else Found(),
        whats=[(what, _(words)) for what, words in NAMES.items()], ways=[(way, _(JOINED[way])) for way in WAYS],
        uses=_uses(session, [segment.id])[segment.id] if segment else (),
        retired=segment is not None and segment.retired_at is not None,
    )  # fmt: skip


def found(session: Session, viewer: Viewer, rule: Group) -> Found:
    """Count a rule, say it, and give some whom it means."""
    try:
        number = segment_rules.count(session, viewer, rule)
        some = segment_rules.sample(session, viewer, rule)
    except (Refusal, ValueError) as refusal:
        return Found(refused=str(refusal))
    words = Teller(session, asking(session, viewer)).say(rule)
    return Found(counted=True, count=number, words=words, people=_people(session, some))


class _Drawing:
    """Draws a draft as the parts of a form."""

    def __init__(
        self, session: Session, viewer: Viewer, teller: Teller, faults: Mapping[Path, str], tried: bool,  # noqa: FBT001
    ) -> None:  # fmt: skip
        self._session, self._viewer, self._teller = session, viewer, teller
        self._faults, self._tried = faults, tried

    def part(self, draft: Draft, path: Path) -> Part:
        """Draw one, and those in it."""
        fields = parameters(self._session, self._viewer, draft.what, draft.values)
        return Part(
            key=".".join((ROOT, *map(str, path))), of=draft.of, what=draft.what,
            error=self._faults.get(path, "") or self._error(draft, "of" if draft.of else "what", draft.what),
            words=_(NAMES[draft.what]) if draft.what else _("Condition"),
            fields=[self._filled(draft, each) for each in fields],
            rules=[self.part(each, (*path, place)) for place, each in enumerate(draft.rules)],
            is_deep=len(path) + 1 >= DEEPEST,
        )  # fmt: skip

    def _filled(self, draft: Draft, parameter: Parameter) -> Filled:
        value = draft.values.get(parameter.name, "")
        return Filled(parameter=parameter, value=value, error=self._error(draft, parameter.name, value))

    def _error(self, draft: Draft, name: str, value: str) -> str:
        """Say what is wrong with what was typed; what is only missing yet, once somebody wants to keep it."""
        return draft.errors.get(name, "") if value or self._tried else ""


def _people(session: Session, some: Sequence[Contact]) -> list[Person]:
    handles, country = handles_of(session, [each.id for each in some]), setup(session).company.country
    return [
        Person(id=each.id, name=called(each.name, handles[each.id], country),
               about=", ".join(handle.value for handle in handles[each.id][:2]))
        for each in some
    ]  # fmt: skip


def _uses(session: Session, segment_ids: Sequence[int]) -> Mapping[int, Sequence[Use]]:
    used, asked = (
        segment_changes.used_by(session, segment_ids),
        segment_changes.asked_by(session, segment_ids),
    )
    return {
        number: [_use(number, each) for each in used[number]]
        + [
            Use(name=each.name, state=_("on") if each.on_at else _("off"), asks=True)
            for each in asked[number]
        ]
        for number in segment_ids
    }


def _use(segment_id: int, campaign: Campaign) -> Use:
    state = _(STATES.get(campaign.state, campaign.state))
    return Use(name=campaign.name, state=state, without=segment_id in campaign.without)
