"""The filters of the list of contacts: what can be chosen, and what is chosen, as chips that take themselves away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from sqlalchemy.orm import Session
from yarl import URL

from crm import tags, views
from crm.fields import CustomField, fold
from crm.listing import HAS, ME, NOBODY, OPEN, SPANS, Asked, Span
from crm.organisations import organisation_for
from crm.setup import setup
from crm.web.contact_lines import fields_for
from hub.languages import N_, _
from hub.users import User, Viewer, active_users
from hub.web.moments import written

ROOM = "contacts"
PEOPLE = 500
SAID = {
    "any": N_("Something to do"), "late": N_("Late"), "none": N_("Nothing to do"),
    "phone": N_("With a phone"), "mail": N_("With a mail address"),
    "no-phone": N_("Without a phone"), "no-mail": N_("Without a mail address"),
    "last": N_("Last contact"), "changed": N_("Changed"), "made": N_("Made"),
}  # fmt: skip
READY = ((N_("Everybody"), Asked()), (N_("Mine"), Asked(responsible=ME)), (N_("Late"), Asked(open="late")))
YES_NO = (("yes", N_("Yes")), ("no", N_("No")))

Pairs = Sequence[tuple[str, str]]


class Chip(msgspec.Struct, frozen=True, kw_only=True):
    """A link beside the list; `count` stands for what ui.filters asks of a chip."""

    words: str
    href: str
    current: bool = False
    icon: str = ""
    count: int = 0


class SavedView(msgspec.Struct, frozen=True, kw_only=True):
    """A view that can be taken away: `removal` is where."""

    name: str
    shared: bool
    removal: str


class Chips(msgspec.Struct, frozen=True):
    """Views above the list, what it is narrowed down to, and which of the views may be removed."""

    views: list[Chip]
    chosen: list[Chip]
    mine: list[SavedView]


class OwnField(msgspec.Struct, frozen=True, kw_only=True):
    """A custom field to filter and fill in by: with choices, or typed; `bounds`: from and to."""

    name: str
    label: str
    unit: str
    kind: str
    choices: Pairs
    bounds: bool


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """What can be filtered by, and whom many can be given to."""

    departments: Pairs
    people: Pairs
    tags: Pairs
    opens: Pairs
    has: Pairs
    spans: Pairs
    fields: list[OwnField]
    givable: Pairs


def offered(session: Session, viewer: Viewer) -> Offered:
    """Give everything that the list can be narrowed down to."""
    departments = [(str(each.id), each.name) for each in setup(session).departments.values()]
    people = [(str(user.id), user.name) for user in active_users(session)[:PEOPLE]]
    return Offered(
        departments=departments,
        people=[(ME, _("Me")), (NOBODY, _("Nobody")), *people],
        tags=[(str(tag.id), tag.name) for tag in tags.choosable(session)],
        opens=_said(OPEN), has=_said(HAS), spans=_said(SPANS),
        fields=[own_field(field) for field in fields_for(session, viewer)],
        givable=[*((f"department:{value}", name) for value, name in departments),
                 *((f"user:{value}", name) for value, name in people)],
    )  # fmt: skip


def own_field(field: CustomField) -> OwnField:
    """Show a field as it is filtered by and filled in."""
    choices = {"choice": [(each, each) for each in field.choices], "yesno": [(v, _(w)) for v, w in YES_NO]}
    return OwnField(
        name=field.name, label=field.label, unit=field.unit, kind=field.kind,
        choices=choices.get(field.kind, []), bounds=field.kind in {"number", "money", "date"},
    )  # fmt: skip


def chips(session: Session, viewer: Viewer, asked: Asked) -> Chips:
    """Give the views, the one that this is marked, and what it is narrowed down to."""
    query = _query(asked)
    ready = [(_(words), _query(one)) for words, one in READY]
    saved = views.views_of(session, viewer, ROOM)
    shown = [*ready, *((view.name, view.query) for view in saved)]
    return Chips(
        views=[Chip(words=words, href=f"/contacts?{its}" if its else "/contacts", current=its == query)
               for words, its in shown],
        chosen=list(_chosen(session, viewer, asked)) if query not in {its for _words, its in shown} else [],
        mine=[SavedView(name=view.name, shared=view.shared, removal=f"/views/{view.id}")
              for view in saved if views.may_remove(viewer, view)],
    )  # fmt: skip


def _query(asked: Asked) -> str:
    return URL.build(query=asked.pairs()).query_string


def _said(names: Sequence[str]) -> Pairs:
    return [(name, _(SAID[name])) for name in names]


def _chosen(session: Session, viewer: Viewer, asked: Asked) -> Iterator[Chip]:
    for words, without in _narrowed(session, viewer, asked):
        query = _query(without)
        yield Chip(words=words, href=f"/contacts?{query}" if query else "/contacts", icon="close")


def _narrowed(session: Session, viewer: Viewer, asked: Asked) -> Iterator[tuple[str, Asked]]:
    """Say each thing that the list is narrowed down to, and give the list without it."""
    if asked.q:
        yield f"“{asked.q}”", asked.but(q="")
    if asked.department is not None:
        department = setup(session).departments.get(asked.department)
        yield department.name if department else _("A department that is gone"), asked.but(department=None)
    if asked.organisation is not None:
        firm = organisation_for(session, viewer, asked.organisation)
        yield firm.name if firm else _("An organisation that is gone"), asked.but(organisation=None)
    if asked.tag is not None:
        tag = session.get(tags.Tag, asked.tag)
        yield _("Tagged %(tag)s", tag=tag.name if tag else "?"), asked.but(tag=None)
    if asked.responsible:
        yield _("Responsible: %(name)s", name=_person(session, asked.responsible)), asked.but(responsible="")
    for name in ("open", "has"):
        if said := getattr(asked, name):
            yield _(SAID[said]), asked.but(**{name: ""})
    for name, span in asked.spans.items():
        yield _span(_(SAID[name]), span), asked.but(spans=_without(asked.spans, name))
    for name, value in asked.fields.items():
        field = setup(session).fields.get(fold(name))
        words = _("%(field)s: %(value)s", field=field.label if field else name, value=_plain(field, value))
        yield words, asked.but(fields=_without(asked.fields, name))


def _without(known: Mapping[str, object], name: str) -> dict[str, object]:
    return {other: value for other, value in known.items() if other != name}


def _person(session: Session, whose: str) -> str:
    if whose in {ME, NOBODY}:
        return _("Me") if whose == ME else _("Nobody")
    user = session.get(User, int(whose))
    return user.name if user else _("Somebody who is gone")


def _plain(field: CustomField | None, value: str) -> str:
    least, dots, greatest = value.partition("..")
    if dots:
        return f"{least} \N{EN DASH} {greatest}".strip()
    return _(dict(YES_NO).get(value, value)) if field and field.kind == "yesno" else value


def _span(what: str, span: Span) -> str:
    since = written(span.since, "d MMM y") if span.since else ""
    until = written(span.until, "d MMM y") if span.until else ""
    if not until:
        return _("%(what)s since %(day)s", what=what, day=since)
    if not since:
        return _("%(what)s until %(day)s", what=what, day=until)
    return _("%(what)s %(day)s to %(other)s", what=what, day=since, other=until)
