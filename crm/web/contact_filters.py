"""The filters of the list of contacts, what it is narrowed down to, and what can be filled in for many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy.orm import Session

from crm import tags
from crm.fields import CustomField, fold
from crm.listing import CONTACTS, FIELD, ME, Asked
from crm.organisations import organisation_for
from crm.setup import setup
from crm.web import filters
from crm.web.contact_lines import fields_for
from crm.web.filters import Filter, Pairs, without
from hub.languages import N_, _
from hub.users import Viewer

READY = ((N_("Everybody"), Asked()), (N_("Mine"), Asked(responsible=ME)), (N_("Late"), Asked(open="late")))
YES_NO = (("yes", N_("Yes")), ("no", N_("No")))
SPANNED = {"number": "text", "money": "text", "date": "date"}


class OwnField(msgspec.Struct, frozen=True, kw_only=True):
    """A custom field to filter and fill in by: with choices, or typed."""

    name: str
    label: str
    kind: str
    choices: Pairs


class Fillable(msgspec.Struct, frozen=True):
    """What can be filled in for many contacts, and the tags that can be put on them."""

    fields: Sequence[OwnField]
    tags: Pairs


def offered(session: Session, viewer: Viewer, asked: Asked) -> list[Filter]:
    """Give everything that the list can be narrowed down by."""
    return [
        filters.department_filter(session, asked),
        filters.responsible_filter(session, asked),
        *_tag_filter(session, asked),
        filters.open_filter(asked),
        Filter(name="has", label=_("Reached by"), options=filters.said(CONTACTS.has), any=_("Whatever"),
               value=asked.has),
        *filters.span_filters(asked),
        *(_field_filter(own_field(field), asked) for field in fields_for(session, viewer)),
    ]  # fmt: skip


def fillable(session: Session, viewer: Viewer) -> Fillable:
    """Give what can be filled in for many."""
    return Fillable([own_field(field) for field in fields_for(session, viewer)], _tags(session))


def own_field(field: CustomField) -> OwnField:
    """Show a field as it is filtered by and filled in."""
    choices = {"choice": [(each, each) for each in field.choices], "yesno": [(v, _(w)) for v, w in YES_NO]}
    return OwnField(name=field.name, label=field.label, kind=field.kind, choices=choices.get(field.kind, []))


def narrowed(session: Session, viewer: Viewer, asked: Asked) -> Iterator[tuple[str, Asked]]:
    """Say each thing that the list is narrowed down to, and give the list without it."""
    yield from filters.narrowed(session, asked)
    if asked.organisation is not None:
        firm = organisation_for(session, viewer, asked.organisation)
        yield firm.name if firm else _("An organisation that is gone"), asked.but(organisation=None)
    if asked.tag is not None:
        tag = session.get(tags.Tag, asked.tag)
        yield _("Tagged %(tag)s", tag=tag.name if tag else "?"), asked.but(tag=None)
    for name, value in asked.fields.items():
        field = setup(session).fields.get(fold(name))
        words = _("%(field)s: %(value)s", field=field.label if field else name, value=_plain(field, value))
        yield words, asked.but(fields=without(asked.fields, name))


def _tags(session: Session) -> Pairs:
    return [(str(tag.id), tag.name) for tag in tags.choosable(session)]


def _tag_filter(session: Session, asked: Asked) -> list[Filter]:
    known = _tags(session)
    one = Filter(name="tag", label=_("Tag"), options=known, any=_("Any"), value=str(asked.tag or ""))
    return [one] if known else []


def _field_filter(field: OwnField, asked: Asked) -> Filter:
    value = asked.fields.get(field.name, "")
    since, dots, until = value.partition("..")
    span = SPANNED.get(field.kind, "")
    return Filter(
        name=f"{FIELD}{field.name}", label=field.label, options=field.choices, any=_("Whatever"), span=span,
        value=since if span else value, until=until if dots else since,
    )  # fmt: skip


def _plain(field: CustomField | None, value: str) -> str:
    least, dots, greatest = value.partition("..")
    if dots:
        return f"{least} \N{EN DASH} {greatest}".strip()
    return _(dict(YES_NO).get(value, value)) if field and field.kind == "yesno" else value
