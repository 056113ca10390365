"""Files that go along with what somebody writes, a letter or an answer in a chat: each kind has its own table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from sqlalchemy import delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.letters import Enclosure


class Along:
    """A file that goes along with a draft; its content lies in the blob folder."""

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int]
    name: Mapped[str]
    type: Mapped[str]
    size: Mapped[int]
    blob: Mapped[str]


A = TypeVar("A", bound=Along)


def attach(session: Session, kind: type[A], draft_id: int, file: Enclosure) -> A:
    """Have a file go along."""
    made = kind()
    made.draft_id, made.name, made.type, made.size, made.blob = (
        draft_id,
        file.name,
        file.type,
        file.size,
        file.blob,
    )
    session.add(made)
    session.flush()
    return made


def files_of(session: Session, kind: type[A], draft_id: int) -> Sequence[A]:
    """Give the files of a draft, in the order they were added."""
    return session.scalars(select(kind).where(kind.draft_id == draft_id).order_by(kind.id)).all()


def drop_all(session: Session, kind: type[Along], draft_id: int) -> None:
    """Have none go along any more."""
    session.execute(delete(kind).where(kind.draft_id == draft_id))


def enclosed(files: Iterable[Along]) -> tuple[Enclosure, ...]:
    """Give files as they go along."""
    return tuple(Enclosure(name=each.name, type=each.type, blob=each.blob, size=each.size) for each in files)
