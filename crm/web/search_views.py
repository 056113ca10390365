"""What the room Search shows: chips with counts, groups of what was found, and what may narrow it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy.orm import Session

from crm.folding import pattern
from crm.search import Found, find
from crm.search_feed import waiting
from crm.search_index import CONTACT, INTERACTION, KINDS, ORGANISATION, TASK
from crm.search_words import beginnings
from crm.setup import setup
from crm.web.found import Hit, Pattern, show
from crm.web.search_asked import DONE, OPEN, SPANS, Asked
from hub.languages import N_, _, ngettext
from hub.users import Viewer

AT_FIRST = {CONTACT: 8, ORGANISATION: 4, TASK: 6, INTERACTION: 8}  # of a kind, where all kinds are shown
CATCHING_UP = 500  # notes, above which whoever searches is told that the index is behind
NAMES = {CONTACT: N_("People"), ORGANISATION: N_("Companies"), TASK: N_("Tasks"), INTERACTION: N_("Messages")}
ICONS = {CONTACT: "people", ORGANISATION: "building", TASK: "today", INTERACTION: "chat"}
STATES = {"": N_("Open and done"), OPEN: N_("Open tasks"), DONE: N_("Done tasks")}


class Chip(msgspec.Struct, frozen=True):
    """A kind to look at alone, with how many there are."""

    words: str
    count: str
    href: str
    current: bool
    icon: str = ""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of a kind; `all` leads to all of it, where there is more than is shown."""

    kind: str
    name: str
    count: str
    hits: Sequence[Hit]
    near: Sequence[Hit] = ()
    all: str = ""


class Choice(msgspec.Struct, frozen=True):
    """Something to choose from a list."""

    value: str
    words: str
    chosen: bool


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One answer."""

    chips: Sequence[Chip]
    groups: Sequence[Group]
    near: Sequence[Hit]
    departments: Sequence[Choice]
    spans: Sequence[Choice]
    states: Sequence[Choice]
    behind: bool

    @property
    def found(self) -> bool:
        """Tell whether anything was."""
        return bool(self.groups or self.near)


def answer(session: Session, viewer: Viewer, wanted: Asked) -> Shown:
    """Search, and show what this viewer may see of it."""
    found = find(session, viewer, wanted.question) if wanted.q else {}
    marks = pattern(beginnings(session, wanted.q))
    near = found.get(CONTACT, Found()).near if wanted.kind in {"", CONTACT} else ()
    return Shown(
        chips=_chips(wanted, found),
        groups=[
            _group(session, wanted, kind, each, marks)
            for kind, each in found.items()
            if each.ids and wanted.kind in {"", kind}
        ],
        near=show(session, CONTACT, near, None),
        departments=_departments(session, wanted),
        spans=[Choice(str(days or ""), _span(days), days == wanted.days) for days in (0, *SPANS)],
        states=[Choice(state, _(words), state == wanted.state) for state, words in STATES.items()],
        behind=waiting(session, CATCHING_UP) == CATCHING_UP,
    )


def best(session: Session, viewer: Viewer, words: str, most: Mapping[str, int]) -> list[Hit]:
    """Give the best of each kind, at most so many."""
    found = find(session, viewer, Asked(q=words).question, list(most))
    marks = pattern(beginnings(session, words))
    shown = [(kind, (*each.ids, *each.near)[: most[kind]]) for kind, each in found.items()]
    return [hit for kind, ids in shown for hit in show(session, kind, ids, marks)]


def _group(session: Session, wanted: Asked, kind: str, found: Found, marks: Pattern) -> Group:
    shown = found.ids if wanted.kind else found.ids[: AT_FIRST[kind]]
    return Group(
        kind=kind, name=_(NAMES[kind]), count=_count(found), hits=show(session, kind, shown, marks),
        all=wanted.of(kind).href if len(shown) < len(found.ids) else "",
    )  # fmt: skip


def _chips(wanted: Asked, found: Mapping[str, Found]) -> list[Chip]:
    """Offer the kinds of which something was found, and the one that is looked at."""
    kinds = [kind for kind in KINDS if found.get(kind, Found()).ids or kind == wanted.kind]
    if not kinds:
        return []
    everything = Chip(_("Everything"), "", wanted.of("").href, not wanted.kind)
    return [everything, *(_chip(wanted, kind, found.get(kind, Found())) for kind in kinds)]


def _chip(wanted: Asked, kind: str, found: Found) -> Chip:
    return Chip(_(NAMES[kind]), _count(found), wanted.of(kind).href, kind == wanted.kind, ICONS[kind])


def _count(found: Found) -> str:
    return f"{len(found.ids)}{'+' * found.more}"


def _departments(session: Session, wanted: Asked) -> list[Choice]:
    places = setup(session).departments.values()
    named = [Choice(str(each.id), each.name, each.id == wanted.department) for each in places]
    return [Choice("", _("All departments"), not wanted.department), *named]


def _span(days: int) -> str:
    return ngettext("Last %(num)s day", "Last %(num)s days", days) if days else _("Any time")
