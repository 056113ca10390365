"""Mentions: a colleague who is named in a note, by @ and his name or by his mail address, is told of it.

Whoever may not see the card is not told, and the note says so: its writer shall not wait for him.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.conversations import Interaction
from crm.rights import contact_for
from hub.bus import Audience, Notice
from hub.clock import now
from hub.db import Base, announce
from hub.said import said
from hub.users import User, active_users, viewer

KIND = "mention"
MOST = 20  # of one note


class Mention(Base):
    """A colleague who is named in a note, until he has seen it."""

    __tablename__ = "mentions"

    id: Mapped[int] = mapped_column(primary_key=True)
    interaction_id: Mapped[int] = mapped_column(ForeignKey("interactions.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    seen_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("interaction_id", "user_id"), Index("ix_mentions_mine", "user_id", "seen_at", "id"),
    )  # fmt: skip


def tell(session: Session, note: Interaction) -> None:
    """Tell those who are named in a note, but for its writer."""
    remarks = list(note.remarks)
    for user in named(session, note.text)[:MOST]:
        if user.id == note.author_id:
            continue
        if contact_for(session, viewer(user), note.contact_id) is None:
            remarks.append(said("%(name)s does not see this card, and was not told.", name=user.name))
            continue
        mention = Mention(interaction_id=note.id, user_id=user.id)
        session.add(mention)
        session.flush()
        announce(session, Notice(kind=KIND, id=mention.id, audience=Audience(users=frozenset({user.id}))))
        remarks.append(said("%(name)s was told.", name=user.name))
    note.remarks = remarks


def named(session: Session, text: str) -> list[User]:
    """Give colleagues who are named in a text: @Elin where one alone is called so, @Elin Sandgren, or an address."""
    if "@" not in text:
        return []
    people, words = active_users(session), text.casefold()
    firsts = Counter(user.name.casefold().partition(" ")[0] for user in people)
    return [user for user in people if any(_stands(each, words) for each in _names(user, firsts))]


def unseen(session: Session, user_id: int | None) -> Sequence[Mention]:
    """Give the notes in which somebody is named and that he has not seen, the newest first."""
    mine = select(Mention).where(Mention.user_id == (user_id or 0), Mention.seen_at.is_(None))
    return session.scalars(mine.order_by(Mention.id.desc()).limit(200)).all()


def see(session: Session, mention: Mention) -> None:
    """Say that it was seen."""
    mention.seen_at = mention.seen_at or now()
    alone = Audience(users=frozenset({mention.user_id}))
    announce(session, Notice(kind=KIND, id=mention.id, audience=alone))


def _names(user: User, firsts: Counter[str]) -> list[str]:
    name = user.name.casefold()
    first = name.partition(" ")[0]
    return [user.email, f"@{name}", *([f"@{first}"] if firsts[first] == 1 else [])]


def _stands(name: str, words: str) -> bool:
    return re.search(rf"(?<![\w.@]){re.escape(name)}(?!\w|[.-]\w)", words) is not None
