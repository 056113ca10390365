"""Templates of letters and canned answers: words that a department, or everybody, writes again and again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, ForeignKey, and_, or_, select, true
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import letter_blanks
from crm.contacts import Contact
from hub import audit
from hub.clock import now
from hub.db import Base
from hub.languages import _
from hub.said import said
from hub.users import Viewer

NAME = 60
SUBJECT = 200
TEXT = 20_000
_SHORTCUT = re.compile(r"[\w-]{1,30}")


class LetterTemplate(Base):
    """Words with blanks. `shortcut` inserts it, typed after a /; without a department everybody has it."""

    __tablename__ = "letter_templates"

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    name: Mapped[str]
    shortcut: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    retired_at: Mapped[datetime | None]


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """What can be said of a template."""

    name: str
    shortcut: str
    subject: str
    text: str
    department_id: int | None = None


class Filled(msgspec.Struct, frozen=True):
    """A template with its blanks filled in for one letter."""

    name: str
    shortcut: str
    subject: str
    text: str


def filled(session: Session, viewer: Viewer, contact: Contact) -> list[Filled]:
    """Give the templates that somebody can use, filled in for a contact."""
    return [
        Filled(each.name, each.shortcut, letter_blanks.fill(session, viewer, each.subject, contact),
               letter_blanks.fill(session, viewer, each.text, contact))
        for each in templates_for(session, viewer)
    ]  # fmt: skip


def templates_for(session: Session, viewer: Viewer) -> Sequence[LetterTemplate]:
    """Give the templates that somebody can use, by name: everybody's and his department's."""
    return _found(session, _for(viewer), LetterTemplate.retired_at.is_(None))


def templates_led(session: Session, viewer: Viewer) -> Sequence[LetterTemplate]:
    """Give the templates that somebody changes, by name, retired ones last."""
    his = and_(
        LetterTemplate.department_id.is_not(None), LetterTemplate.department_id == viewer.department_id
    )
    led = true() if viewer.sees_all else his
    return _found(session, led)


def leads(viewer: Viewer, department_id: int | None) -> bool:
    """Tell whether somebody changes the templates of a department; everybody's are for who sees all."""
    return viewer.sees_all or (
        viewer.role == "head" and department_id is not None and viewer.department_id == department_id
    )


def template_led(session: Session, viewer: Viewer, template_id: int) -> LetterTemplate | None:
    """Give a template that somebody changes."""
    found = session.get(LetterTemplate, template_id)
    return found if found is not None and leads(viewer, found.department_id) else None


def faults(session: Session, wording: Wording, template: LetterTemplate | None = None) -> Mapping[str, str]:
    """Say by field what is wrong; `template` is None for a new one."""
    found = {}
    if not wording.name or len(wording.name) > NAME:
        found["name"] = _("A name has 1 to %(most)s letters.", most=NAME)
    if wording.shortcut and not _SHORTCUT.fullmatch(wording.shortcut):
        found["shortcut"] = _("A shortcut has letters, digits and hyphens alone, 30 at most.")
    elif wording.shortcut and _is_taken(session, wording, template):
        found["shortcut"] = _("Another template has this shortcut.")
    if len(wording.subject) > SUBJECT or not wording.text.strip() or len(wording.text) > TEXT:
        found["text"] = _("A template needs words, at most %(most)s letters of them.", most=TEXT)
    if wrong := letter_blanks.fault(wording.subject) or letter_blanks.fault(wording.text):
        found["text"] = wrong
    return found


def make(session: Session, viewer: Viewer, wording: Wording) -> LetterTemplate:
    """Make a template."""
    values = msgspec.structs.asdict(wording)
    template = LetterTemplate(**values)
    session.add(template)
    session.flush()
    audit.record(session, viewer, audit.MADE, "letter_template", template.id,
                 changes=audit.differences({}, values))  # fmt: skip
    return template


def change(session: Session, viewer: Viewer, template: LetterTemplate, wording: Wording) -> None:
    """Have a template be as wanted."""
    after = msgspec.structs.asdict(wording)
    before = {name: getattr(template, name) for name in after}
    for name, value in after.items():
        setattr(template, name, value)
    if changes := audit.differences(before, after):
        audit.record(session, viewer, audit.CHANGED, "letter_template", template.id, changes=changes)


def retire(session: Session, viewer: Viewer, template: LetterTemplate) -> None:
    """Have a template offered no more."""
    if template.retired_at is None:
        template.retired_at = now()
        audit.record(session, viewer, audit.CHANGED, "letter_template", template.id, words=said("retired"))


def take_up(session: Session, viewer: Viewer, template: LetterTemplate) -> None:
    """Have a retired template offered again; a shortcut that another got meanwhile is lost."""
    if template.retired_at is None:
        return
    wording = Wording(name=template.name, shortcut=template.shortcut, subject="", text="",
                      department_id=template.department_id)  # fmt: skip
    if _is_taken(session, wording, template):
        template.shortcut = ""
    template.retired_at = None
    audit.record(session, viewer, audit.CHANGED, "letter_template", template.id, words=said("taken up again"))


def _is_taken(session: Session, wording: Wording, template: LetterTemplate | None) -> bool:
    """Tell whether somebody would have two templates of one shortcut."""
    others = select(LetterTemplate).where(
        LetterTemplate.shortcut == wording.shortcut, LetterTemplate.retired_at.is_(None),
        LetterTemplate.id != (template.id if template else 0),
    )  # fmt: skip
    if wording.department_id is not None:
        others = others.where(
            LetterTemplate.department_id.is_(None) | (LetterTemplate.department_id == wording.department_id)
        )
    return bool(wording.shortcut) and session.scalar(others.limit(1)) is not None


def _for(viewer: Viewer) -> ColumnElement[bool]:
    return or_(LetterTemplate.department_id.is_(None), LetterTemplate.department_id == viewer.department_id)


def _found(session: Session, *which: ColumnElement[bool]) -> list[LetterTemplate]:
    rows = session.scalars(select(LetterTemplate).where(*which)).all()
    return sorted(rows, key=lambda each: (each.retired_at is not None, each.name.casefold(), each.id))
