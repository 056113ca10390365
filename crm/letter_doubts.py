"""What somebody should know before his letter leaves."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import letter_people, letter_reports, letters
from crm.conversations import Interaction
from crm.sendings import Wanted
from hub.said import Said, said
from hub.users import User


class Doubtful(Exception):
    """It can be sent, but something speaks against it: whoever still wants to says so."""

    def __init__(self, words: Sequence[Said]) -> None:
        """Keep what speaks against it."""
        super().__init__(" ".join(words))
        self.words = words


def doubts(session: Session, wanted: Wanted, seen: int | None = None) -> list[Said]:
    """Say what speaks against a letter."""
    people = [each.address for each in (*wanted.to, *wanted.cc, *wanted.blind)]
    found = [said("Nobody reads what goes to %(address)s.", address=each)
             for each in people if letter_people.is_deaf(each)]  # fmt: skip
    found += [said("The last letter to %(address)s came back: there is no such mailbox.", address=each)
              for each in letter_reports.gone(session, people)]  # fmt: skip
    return found + ([] if seen is None else _meanwhile(session, wanted, seen))


def _meanwhile(session: Session, wanted: Wanted, seen: int) -> list[Said]:
    """Say what came, or left, in the thread since its writer looked."""
    newer = select(Interaction).where(
        Interaction.contact_id == wanted.contact_id, Interaction.id > seen,
        Interaction.kind == letters.KIND, Interaction.conversation_id == wanted.conversation_id,
    ).order_by(Interaction.id).limit(3)  # fmt: skip
    rows = session.scalars(newer).all() if wanted.conversation_id else ()
    return [_told(session, row) for row in rows]


def _told(session: Session, row: Interaction) -> Said:
    who = session.get(User, row.author_id) if row.author_id else None
    if row.direction == "in" or who is None:
        return said("Meanwhile there came: %(subject)s", subject=row.summary)
    return said("%(name)s answered meanwhile: %(subject)s", name=who.name, subject=row.summary)
