"""Signatures: what stands below letters. Everybody's own, else that of the department."""

from __future__ import annotations

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import letter_blanks
from crm.contacts import Contact
from hub import audit
from hub.db import Base
from hub.languages import _
from hub.said import said
from hub.users import Viewer

LONGEST = 2_000  # letters


class Signature(Base):
    """The signature of a person or of a department; plain text with blanks."""

    __tablename__ = "signatures"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), unique=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), unique=True)
    text: Mapped[str]


def signature_of(session: Session, viewer: Viewer, contact: Contact | None = None) -> str:
    """Give what stands below the letters of somebody, filled in; "" for a program."""
    if viewer.user_id is None:
        return ""
    own = text_of(session, user_id=viewer.user_id)
    text = own or text_of(session, department_id=viewer.department_id)
    return letter_blanks.fill(session, viewer, text, contact).strip()


def text_of(session: Session, *, user_id: int | None = None, department_id: int | None = None) -> str:
    """Give a signature as it was written, "" where there is none."""
    row = _row(session, user_id, department_id)
    return row.text if row else ""


def fault(text: str) -> str:
    """Say what is wrong with a signature, "" where nothing is."""
    if len(text) > LONGEST:
        return _("A signature has at most %(most)s letters.", most=LONGEST)
    return letter_blanks.fault(text)


def write(
    session: Session, viewer: Viewer, text: str, *, user_id: int | None = None, department_id: int | None = None
) -> None:  # fmt: skip
    """Have this stand below letters from now on."""
    text, row = text.replace("\r\n", "\n").strip(), _row(session, user_id, department_id)
    if text == (row.text if row else ""):
        return
    if row is None:
        row = Signature(user_id=user_id, department_id=department_id, text="")
        session.add(row)
    row.text = text
    kind, record_id = ("user", user_id) if user_id else ("department", department_id)
    audit.record(
        session, viewer, audit.CHANGED, kind, record_id or 0, words=said("the signature was changed")
    )


def _row(session: Session, user_id: int | None, department_id: int | None) -> Signature | None:
    if user_id is None and department_id is None:
        return None
    whose = Signature.user_id == user_id if user_id else Signature.department_id == department_id
    return session.scalar(select(Signature).where(whose))
