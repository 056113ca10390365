"""What managers do with custom fields: make, change, order, retire, bring back. All of it stands in the audit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import computed
from crm.fields import COMPUTED, CustomField, fold
from crm.setup import setup
from hub import audit
from hub.clock import now
from hub.said import said
from hub.users import Viewer

KIND = "field"
MOST = 200  # fields of a company
LONGEST_NAME = 40
COLUMNS = ("label", "kind", "choices", "unit", "aliases", "heading", "required", "see", "edit", "expression")
_ODD = re.compile(r"[^a-z0-9]+")


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What a field is to be."""

    label: str
    kind: str
    choices: list[str]
    unit: str
    aliases: list[str]
    heading: str
    required: bool
    see: list[str]
    edit: list[str]
    expression: str


def mistakes(session: Session, field: CustomField | None, wanted: Proposal) -> dict[str, str]:
    """Say by column what cannot be so."""
    wrong: dict[str, str] = {}
    if not wanted.label:
        wrong["label"] = said("A field needs a name")
    taken = _taken(session, field, [wanted.label, *wanted.aliases])
    if taken:
        wrong["label" if fold(taken) == fold(wanted.label) else "aliases"] = said(
            "“%(label)s” means another field already", label=taken
        )
    if wanted.kind == "choice" and not wanted.choices:
        wrong["choices"] = said("Write what there is to choose from, one on each line")
    if wanted.kind == COMPUTED:
        try:
            computed.check(session, field.name if field else "", wanted.expression)
        except ValueError as error:
            wrong["expression"] = error.args[0]
    return wrong


def save(session: Session, viewer: Viewer, field: CustomField | None, wanted: Proposal) -> CustomField:
    """Make or change a field. What contacts have in it stays as it is, also when its kind changes."""
    before: Mapping[str, object] = _state(field) if field else {}
    if field is None:
        field = CustomField(name=_name(session, wanted.label), position=_last(session) + 1)
        session.add(field)
    for column in COLUMNS:
        setattr(field, column, getattr(wanted, column))
    session.flush()
    verb = audit.CHANGED if before else audit.MADE
    changes = audit.differences(before, _state(field))
    if changes:
        audit.record(session, viewer, verb, KIND, field.id, words=field.label, changes=changes)
    return field


def arrange(session: Session, viewer: Viewer, order: Sequence[int]) -> None:
    """Put fields in this order."""
    rows = {field.id: field for field in session.scalars(select(CustomField))}
    before = sorted((field for field in rows.values() if field.id in order), key=lambda f: (f.position, f.id))
    for place, field_id in enumerate(order):
        rows[field_id].position = place
    session.flush()
    names = [rows[field_id].label for field_id in order]
    changes = audit.differences({"order": [each.label for each in before]}, {"order": names})
    if changes:
        audit.record(session, viewer, audit.CHANGED, KIND, 0, changes=changes)


def retire(session: Session, viewer: Viewer, field: CustomField, *, retired: bool) -> None:
    """Take a field off all cards, or bring it back; what contacts have in it is kept."""
    before = field.retired_at is not None
    if before != retired:
        field.retired_at = now() if retired else None
        changes = {"retired": (before, retired)}
        audit.record(session, viewer, audit.CHANGED, KIND, field.id, words=field.label, changes=changes)
        session.flush()


def _state(field: CustomField) -> dict[str, object]:
    return {column: getattr(field, column) for column in COLUMNS}


def _taken(session: Session, field: CustomField | None, labels: Sequence[str]) -> str:
    """Give the label that means another field, retired ones among them, or ""."""
    state = setup(session)
    owners = {label: each.id for label, each in state.fields.items()}
    owners |= {fold(each.label): each.id for each in state.shown_fields if each.kind == COMPUTED}
    mine = field.id if field else 0
    return next((label for label in labels if owners.get(fold(label), mine) != mine), "")


def _name(session: Session, label: str) -> str:
    """Make the name under which values are kept: small letters and digits, and no other field's."""
    plain = unicodedata.normalize("NFKD", label.casefold()).encode("ascii", "ignore").decode()
    name = _ODD.sub("_", plain).strip("_")[:LONGEST_NAME] or "field"
    name = name if name[0].isalpha() else f"f_{name}"
    taken = set(session.scalars(select(CustomField.name)))
    return next(each for each in (name, *(f"{name}_{n}" for n in range(2, MOST + 2))) if each not in taken)


def _last(session: Session) -> int:
    return max((field.position for field in session.scalars(select(CustomField))), default=-1)
