"""What a segment may ask of a contact: conditions, and groups of them, as the API sends them and as they are kept.

    {"what": "group", "of": "all", "rules": [
        {"what": "deals", "state": "won", "before": 350, "within": 380},
        {"what": "group", "of": "none", "rules": [{"what": "campaign", "campaign": 3, "fate": "got"}]}]}

An id of 0 leaves open; times are days before now, or days of the calendar, both among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hub.languages import N_

DEEPEST = 4
"""Groups within groups, the rule itself among them."""
MOST = 50
"""Conditions and groups of one rule."""
FIRST_YEAR, LAST_YEAR = 1900, 2200

Id = Annotated[int, Meta(ge=0, le=2**63 - 1)]
One = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Days = Annotated[int, Meta(ge=0, le=36_500)]
Times = Annotated[int, Meta(ge=0, le=1_000_000)]
Worth = Annotated[int, Meta(ge=0, le=10**15)]
Text = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$")]
Label = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]

Path = tuple[int, ...]
"""Where a rule stands in the tree: the places to go down; () is the whole."""


class Shape(msgspec.Struct, frozen=True, kw_only=True, tag_field="what", forbid_unknown_fields=True,
            omit_defaults=True):  # fmt: skip
    """What all have: `what` says which it is."""


class Timed(Shape, frozen=True, kw_only=True):
    """When it was: at most `within` days ago, at least `before` days ago, from the day `since` to the day `until`."""

    within: Days | None = None
    before: Days | None = None
    since: date | None = None
    until: date | None = None

    @property
    def is_countable(self) -> bool:
        """Tell whether its days are such as clocks count with."""
        return all(FIRST_YEAR <= day.year <= LAST_YEAR for day in (self.since, self.until) if day)


class FieldHolds(Shape, frozen=True, kw_only=True, tag="field"):
    """A field of the contact's holds a `value`, or one from `least` to `most`; without any of them: anything."""

    field: Label
    value: Text = ""
    least: Text = ""
    most: Text = ""


class CardMoment(Timed, frozen=True, kw_only=True, tag="moment"):
    """When the card was made or changed, or when the last contact was."""

    of: Literal["made", "changed", "last"]


class Tagged(Shape, frozen=True, kw_only=True, tag="tag"):
    """Has a tag."""

    tag: One


class InDepartment(Shape, frozen=True, kw_only=True, tag="department"):
    """Belongs to a department; 0: to none."""

    department: Id


class Responsible(Shape, frozen=True, kw_only=True, tag="responsible"):
    """Is somebody's; 0: nobody's."""

    user: Id


class AtOrganisation(Shape, frozen=True, kw_only=True, tag="organisation"):
    """Is at a company; 0: at any."""

    organisation: Id = 0


class Reached(Shape, frozen=True, kw_only=True, tag="reached"):
    """Has an address or a number."""

    by: Literal["mail", "phone"]


class Touched(Timed, frozen=True, kw_only=True, tag="interactions"):
    """Had touches with us, so many: calls, letters, chats, forms, notes."""

    kind: Literal["", "call", "mail", "chat", "form", "order", "note"] = ""
    direction: Literal["", "in", "out"] = ""
    channel: Id = 0
    least: Times = 1
    most: Times | None = None


class HasDeals(Timed, frozen=True, kw_only=True, tag="deals"):
    """Has deals; the time is when they were won or lost, else opened. Worth is in the smallest unit of a currency."""

    state: Literal["", "open", "won", "lost"] = ""
    pipeline: Id = 0
    stage: Id = 0
    product: Id = 0
    worth_least: Worth | None = None
    worth_most: Worth | None = None
    currency: Annotated[str, Meta(pattern="^([A-Z]{3})?$")] = ""
    least: Times = 1


class Consented(Shape, frozen=True, kw_only=True, tag="consent"):
    """An address of his agreed to a list, has still to confirm that, or took it back: the newest line of it counts."""

    list: One
    state: Literal["given", "asked", "withdrawn"]


class IsSuppressed(Shape, frozen=True, kw_only=True, tag="suppressed"):
    """An address of his must not be written to: on a list (or at all), or with 0: at all."""

    list: Id = 0


class HadCampaign(Timed, frozen=True, kw_only=True, tag="campaign"):
    """Got an earlier campaign (0: any), and what came of that; the time is when it was sent, or refused."""

    campaign: Id = 0
    fate: Literal[
        "got", "opened", "not-opened", "clicked", "not-clicked", "answered", "not-answered", "bounced",
        "unsubscribed", "complained", "bought", "not-bought",
    ] = "got"  # fmt: skip


class Group(Shape, frozen=True, kw_only=True, tag="group"):
    """Several, of which all, any or none must hold. A rule without any is everybody."""

    of: Literal["all", "any", "none"]
    rules: tuple[Rule, ...]


Condition = (
    FieldHolds | CardMoment | Tagged | InDepartment | Responsible | AtOrganisation | Reached | Touched | HasDeals
    | Consented | IsSuppressed | HadCampaign
)  # fmt: skip
Rule = Group | Condition

NAMES: dict[str, str] = {
    "field": N_("A field"), "tag": N_("A tag"), "department": N_("Department"), "responsible": N_("Responsible"),
    "organisation": N_("Company"), "reached": N_("Reached by"), "moment": N_("Dates of the card"),
    "interactions": N_("Calls, letters and chats"), "deals": N_("Deals"), "consent": N_("Consent"),
    "suppressed": N_("Not to be written to"), "campaign": N_("Earlier campaigns"),
}  # fmt: skip
KINDS: dict[str, type[Condition]] = {
    str(kind.__struct_config__.tag): kind for kind in Condition.__args__
}  # fmt: skip


def each(rule: Rule, path: Path = ()) -> Iterator[tuple[Path, Rule]]:
    """Walk through a rule, each with its place."""
    waiting: list[tuple[Path, Rule]] = [(path, rule)]
    while waiting:
        at, current = waiting.pop()
        yield at, current
        if isinstance(current, Group):
            waiting += [((*at, place), inner) for place, inner in enumerate(current.rules)][::-1]
