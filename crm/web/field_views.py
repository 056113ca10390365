"""Custom fields as their page lists them, and what there is to choose from in their form."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.expressions import GIVEN, GUIDE
from crm.fields import COMPUTED, KIND_NAMES, CustomField
from crm.setup import setup
from hub.languages import N_, _

ROLE_WORDS = (
    ("head", N_("Heads, managers and admins")),
    ("manager", N_("Managers and admins")),
    ("admin", N_("Admins")),
)


class FieldRow(msgspec.Struct, frozen=True, kw_only=True):
    """One field in the list. `about` says in words what is special about it."""

    id: int
    label: str
    kind: str
    heading: str
    about: Sequence[str]
    first: bool = False
    last: bool = False


class FieldList(msgspec.Struct, frozen=True):
    """The fields in their order, and the retired ones."""

    shown: Sequence[FieldRow]
    retired: Sequence[FieldRow]


class Grant(msgspec.Struct, frozen=True):
    """A role or a department that may."""

    value: str
    words: str


class Example(msgspec.Struct, frozen=True):
    """An expression, or a name in one, and what it gives."""

    text: str
    words: str


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to choose from in the form of a field."""

    kinds: Sequence[Grant]
    grants: Sequence[Grant]
    headings: Sequence[str]
    examples: Sequence[Example]
    names: Sequence[Example]


def listed(session: Session) -> FieldList:
    """Give all fields."""
    state = setup(session)
    last = len(state.shown_fields) - 1
    shown = [_row(session, field, first=n == 0, last=n == last) for n, field in enumerate(state.shown_fields)]
    gone = select(CustomField).where(CustomField.retired_at.is_not(None)).order_by(CustomField.position)
    return FieldList(shown, [_row(session, field) for field in session.scalars(gone)])


def choices(session: Session) -> Choices:
    """Give what the form offers."""
    state = setup(session)
    departments = [Grant(f"department:{each.id}", each.name) for each in state.departments.values()]
    return Choices(
        kinds=[Grant(kind, _(words)) for kind, words in KIND_NAMES.items()],
        grants=[*(Grant(role, _(words)) for role, words in ROLE_WORDS), *departments],
        headings=list(dict.fromkeys(field.heading for field in state.shown_fields if field.heading)),
        examples=[Example(text, _(words)) for text, words in GUIDE],
        names=[
            *(Example(each.name, each.label) for each in state.shown_fields),
            *(Example(name, "") for name in GIVEN),
        ],
    )


def _row(session: Session, field: CustomField, *, first: bool = False, last: bool = False) -> FieldRow:
    return FieldRow(
        id=field.id, label=field.label, kind=_(KIND_NAMES.get(field.kind, "Text")), heading=field.heading,
        about=_about(session, field), first=first, last=last,
    )  # fmt: skip


def _about(session: Session, field: CustomField) -> list[str]:
    words = [field.expression] if field.kind == COMPUTED else []
    words += [_("needed")] if field.required else []
    words += [_("seen by %(whom)s", whom=_whom(session, field.see))] if field.see else []
    words += [_("changed by %(whom)s", whom=_whom(session, field.edit))] if field.edit else []
    return words


def _whom(session: Session, grants: Sequence[str]) -> str:
    departments = {f"department:{each.id}": each.name for each in setup(session).departments.values()}
    roles = {role: _(words) for role, words in ROLE_WORDS}
    return ", ".join({**roles, **departments}.get(grant, grant) for grant in grants)
