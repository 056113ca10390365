"""Senders whose pictures from outside are shown without asking: the company trusts them to know that we read.

Anybody can write any sender. Where our mail server says that a letter fails its sender's own rules (DMARC), its
pictures wait to be asked for all the same.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.conversations import Interaction
from crm.letters import Letter
from hub import audit
from hub.clock import now
from hub.db import Base
from hub.said import said
from hub.users import Viewer


class PictureSender(Base):
    """An address whose pictures are shown: who said so, and when. It is written in small letters."""

    __tablename__ = "picture_senders"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str]
    by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (UniqueConstraint("address"),)


def is_trusted(session: Session, letter: Letter) -> bool:
    """Tell whether a letter's pictures are shown without asking."""
    return letter.verdicts.get("dmarc") != "fail" and _known(session, letter) is not None


def trust(session: Session, viewer: Viewer, letter: Letter) -> None:
    """Have pictures of this sender be shown from now on."""
    if letter.sender and _known(session, letter) is None:
        session.add(PictureSender(address=letter.sender.lower(), by=viewer.user_id))
        words = said("pictures in letters from %(address)s are shown", address=letter.sender)
        audit.record(session, viewer, audit.CHANGED, "contact", _contact(session, letter), words=words)


def distrust(session: Session, viewer: Viewer, letter: Letter) -> None:
    """Have pictures of this sender wait again until they are asked for."""
    known = _known(session, letter)
    if known is not None:
        session.delete(known)
        words = said("pictures in letters from %(address)s wait until asked for", address=letter.sender)
        audit.record(session, viewer, audit.CHANGED, "contact", _contact(session, letter), words=words)


def _known(session: Session, letter: Letter) -> PictureSender | None:
    return session.scalar(select(PictureSender).where(PictureSender.address == letter.sender.lower()))


def _contact(session: Session, letter: Letter) -> int:
    return session.get_one(Interaction, letter.interaction_id).contact_id
