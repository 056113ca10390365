"""What became of letters to colleagues. One that did not arrive is a task for whoever it was written for, and an admin.

They stand on no card, so nobody would come by and see it; and it is an admin who can mend a colleague's address.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import tasks
from crm.calendars import away
from hub.clock import now
from hub.db import Base
from hub.letters import Bounce
from hub.rows import hold
from hub.said import Said, said
from hub.users import User, active_users

KIND, TITLE = "notice", 190  # a task to know of something; letters of its name


class ColleagueLetter(Base):
    """A letter to somebody of ours: the command by which it leaves, its name among letters, and who had it written.

    `told_at` is when it was told that it did not arrive.
    """

    __tablename__ = "colleague_letters"

    id: Mapped[int] = mapped_column(primary_key=True)
    outgoing_id: Mapped[int] = mapped_column(index=True)
    message_id: Mapped[str] = mapped_column(index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    subject: Mapped[str]
    written_at: Mapped[datetime] = mapped_column(default=now)
    told_at: Mapped[datetime | None]


def settle(session: Session, outgoing_id: int, why: Said) -> None:
    """Tell that a letter to a colleague has not left, if it is one."""
    found = session.scalar(select(ColleagueLetter).where(ColleagueLetter.outgoing_id == outgoing_id))
    if found is not None:
        _tell(session, found, why)


def reported(session: Session, bounces: Sequence[Bounce]) -> bool:
    """Tell that letters to colleagues came back, and whether any of these is one."""
    any_ = False
    for each in bounces:
        named = select(ColleagueLetter).where(ColleagueLetter.message_id == each.original_message_id)
        found = session.scalar(named) if each.original_message_id else None
        if found is not None:
            words = " ".join((each.diagnostic or each.status).split())[:300]
            _tell(
                session,
                found,
                said("It did not reach %(address)s: %(why)s", address=each.recipient, why=words),
            )
            any_ = True
    return any_


def _tell(session: Session, letter: ColleagueLetter, why: Said) -> None:
    """Make the tasks, once for each letter."""
    hold(session, ColleagueLetter, letter.id)
    session.refresh(letter)
    if letter.told_at is not None:
        return
    letter.told_at = now()
    to, author = session.get_one(User, letter.to_id), session.get(User, letter.author_id or 0)
    whom = {author.id: said("It was written in your name")} if author and author.disabled_at is None else {}
    admins = [each.id for each in active_users(session) if each.role == "admin" and each.id != to.id]
    gone = away(session, admins, now())
    here_first = sorted(admins, key=lambda each: each in gone)
    for admin_id in here_first[:1]:  # of one: what is everybody's is nobody's
        whom.setdefault(admin_id, said("An admin can mend a colleague's address"))
    title = said("Did not reach %(name)s: %(subject)s", name=to.name, subject=letter.subject[:TITLE])
    for user_id, why_me in whom.items():
        tasks.add_task(
            session, title=title, kind=KIND, why=why, contact_id=letter.contact_id, department_id=None,
            assignee_id=user_id, why_me=why_me, created_at=now(),
        )  # fmt: skip
