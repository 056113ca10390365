"""What lists can be narrowed down by, and what one is narrowed down to, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from sqlalchemy.orm import Session

from crm.listing import ME, NOBODY, OPEN, Asked, Span
from crm.setup import setup
from hub.languages import N_, _
from hub.users import User, names
from hub.web.moments import written

PEOPLE = 500
SAID = {
    "any": N_("Something to do"), "late": N_("Late"), "none": N_("Nothing to do"),
    "phone": N_("With a phone"), "mail": N_("With a mail address"),
    "no-phone": N_("Without a phone"), "no-mail": N_("Without a mail address"),
    "people": N_("With people"), "nobody": N_("With nobody yet"),
    "last": N_("Last contact"), "changed": N_("Changed"), "made": N_("Made"), "started": N_("Calls"),
    "recording": N_("With a recording"),
}  # fmt: skip

Pairs = Sequence[tuple[str, str]]


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the form of filters: a choice (`any` leaves it open), a text, or both ends of a `span` of a type."""

    name: str
    label: str
    options: Pairs = ()
    any: str = ""
    span: str = ""
    value: str = ""
    until: str = ""


def department_filter(session: Session, asked: Asked) -> Filter:
    """Narrow down to a department."""
    value = str(asked.department or "")
    return Filter(
        name="department", label=_("Department"), options=departments(session), any=_("Any"), value=value
    )


def responsible_filter(session: Session, asked: Asked) -> Filter:
    """Narrow down to whoever is responsible."""
    options = [(ME, _("Me")), (NOBODY, _("Nobody")), *people(session)]
    return Filter(
        name="responsible", label=_("Responsible"), options=options, any=_("Anybody"), value=asked.responsible
    )


def open_filter(asked: Asked) -> Filter:
    """Narrow down to those for whom something is to be done."""
    return Filter(name="open", label=_("To do"), options=said(OPEN), any=_("Whatever"), value=asked.open)


def span_filters(asked: Asked) -> list[Filter]:
    """Narrow down to days."""
    return [_span_filter(name, asked.spans.get(name, Span())) for name in asked.kind.spans]


def departments(session: Session) -> Pairs:
    """Give the departments to choose from."""
    return [(str(each.id), each.name) for each in setup(session).departments.values()]


def people(session: Session) -> Pairs:
    """Give the colleagues to choose from."""
    return [(str(user_id), name) for user_id, name in names(session, PEOPLE)]


def givable(session: Session) -> Pairs:
    """Give whom many can be given to."""
    return [*((f"department:{value}", name) for value, name in departments(session)),
            *((f"user:{value}", name) for value, name in people(session))]  # fmt: skip


def said(names: Sequence[str]) -> Pairs:
    """Give choices with their words."""
    return [(name, _(SAID[name])) for name in names]


def narrowed(session: Session, asked: Asked) -> Iterator[tuple[str, Asked]]:
    """Say what every kind of list can be narrowed down to, each with the list without it."""
    if asked.q:
        yield f"“{asked.q}”", asked.but(q="")
    if asked.department is not None:
        department = setup(session).departments.get(asked.department)
        yield department.name if department else _("A department that is gone"), asked.but(department=None)
    if asked.responsible:
        yield _("Responsible: %(name)s", name=_person(session, asked.responsible)), asked.but(responsible="")
    for name in ("open", "has"):
        if its := getattr(asked, name):
            yield _(SAID[its]), asked.but(**{name: ""})
    for name, span in asked.spans.items():
        yield _span(_(SAID[name]), span), asked.but(spans=without(asked.spans, name))


def without(known: Mapping[str, object], name: str) -> dict[str, object]:
    """Give all but one."""
    return {other: value for other, value in known.items() if other != name}


def _span_filter(name: str, span: Span) -> Filter:
    since, until = (day.isoformat() if day else "" for day in (span.since, span.until))
    return Filter(name=name, label=_(SAID[name]), span="date", value=since, until=until)


def _person(session: Session, whose: str) -> str:
    if whose in {ME, NOBODY}:
        return _("Me") if whose == ME else _("Nobody")
    user = session.get(User, int(whose))
    return user.name if user else _("Somebody who is gone")


def _span(what: str, span: Span) -> str:
    since = written(span.since, "d MMM y") if span.since else ""
    until = written(span.until, "d MMM y") if span.until else ""
    if not until:
        return _("%(what)s since %(day)s", what=what, day=since)
    if not since:
        return _("%(what)s until %(day)s", what=what, day=until)
    return _("%(what)s %(day)s to %(other)s", what=what, day=since, other=until)
