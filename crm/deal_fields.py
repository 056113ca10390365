"""What a stage may ask for before a deal enters it: "not before these are filled".

A field is named by a key: one of `OWN`, `contact:NAME` for a custom field of the contact, or `deal:NAME` for one of
the answers in `Deal.fields`, which are whatever a company wants to know of its sales.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.contacts import MAIL, PHONE, Contact, Handle
from crm.deal_lines import DealLine
from crm.deals import Deal
from crm.fields import fold
from crm.pipelines import Stage
from crm.setup import setup
from hub.languages import N_, _

OF_CONTACT, OF_DEAL = "contact:", "deal:"


class DealField(NamedTuple):
    """A field that a stage may ask for; `label` is a text of the catalogue, or a company's own word."""

    key: str
    label: str


def _has_lines(session: Session, deal: Deal) -> bool:
    return session.scalar(select(DealLine.id).where(DealLine.deal_id == deal.id).limit(1)) is not None


def _is_reached(session: Session, deal: Deal, kind: str) -> bool:
    """Tell whether the contact has such a handle."""
    wanted = select(Handle.id).where(Handle.contact_id == deal.contact_id, Handle.kind == kind)
    return session.scalar(wanted.limit(1)) is not None


def _has_organisation(session: Session, deal: Deal) -> bool:
    return session.get_one(Contact, deal.contact_id).organisation_id is not None


_FILLED: Mapping[str, tuple[str, Callable[[Session, Deal], bool]]] = {
    "value": (N_("Value"), lambda _session, deal: deal.value != 0),
    "lines": (N_("Lines"), _has_lines),
    "expected_on": (N_("Expected on"), lambda _session, deal: deal.expected_on is not None),
    "responsible": (N_("Responsible"), lambda _session, deal: deal.responsible_id is not None),
    "source": (N_("Source"), lambda _session, deal: bool(deal.source)),
    "phone": (N_("Phone number"), lambda session, deal: _is_reached(session, deal, PHONE)),
    "mail": (N_("Mail address"), lambda session, deal: _is_reached(session, deal, MAIL)),
    "organisation": (N_("Organisation"), _has_organisation),
}
OWN = tuple(DealField(key, label) for key, (label, _filled) in _FILLED.items())


def choosable(session: Session) -> list[DealField]:
    """Give what a stage can ask for: our own fields, then the contact's custom ones that hold something."""
    shown = [field for field in setup(session).shown_fields if field.name in _stored(session)]
    return [*OWN, *(DealField(f"{OF_CONTACT}{field.name}", field.label) for field in shown)]


def unknown(keys: Sequence[str], custom: Sequence[str]) -> str | None:
    """Give the first of these keys that names no field; `custom` are the names of the contact's fields."""
    for key in keys:
        known = (
            key in _FILLED
            or (key.startswith(OF_CONTACT) and key.removeprefix(OF_CONTACT) in custom)
            or (key.startswith(OF_DEAL) and bool(fold(key.removeprefix(OF_DEAL))))
        )
        if not known:
            return key
    return None


def label_of(session: Session, key: str) -> str:
    """Say what a field is called, to whoever listens."""
    if key in _FILLED:
        return _(_FILLED[key][0])
    name = key.partition(":")[2]
    custom = _stored(session).get(name) if key.startswith(OF_CONTACT) else None
    return custom or name


def missing(session: Session, deal: Deal, stage: Stage) -> list[str]:
    """Give the keys of what a stage asks for and this deal has not."""
    return [key for key in stage.required if not _is_filled(session, deal, key)]


def _is_filled(session: Session, deal: Deal, key: str) -> bool:
    if key in _FILLED:
        return _FILLED[key][1](session, deal)
    kind, _sep, name = key.partition(":")
    if f"{kind}:" == OF_DEAL:
        return _says_something(deal.fields.get(name))
    if name not in _stored(session):  # taken away since: nobody could fill it
        return True
    kept = session.get_one(Contact, deal.contact_id).fields.get(name)
    return _says_something(kept.get("value") if isinstance(kept, dict) else kept)


def _says_something(value: object) -> bool:
    return value not in (None, "", [])


def _stored(session: Session) -> Mapping[str, str]:
    """Give the labels of the contact's custom fields that are in use, by name."""
    by_name = {field.name: field for field in setup(session).fields.values()}
    return {name: field.label for name, field in by_name.items() if field.retired_at is None}
