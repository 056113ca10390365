"""The index of words, in the two languages of the databases: FTS5 in SQLite, tsvector in PostgreSQL.

Each kind of record has a table of its own, search_KIND, of which the code knows no more than a number and words:
what is in it is made of the records and can be made again. Words come here folded (crm/folding.py), so both engines
find the same. What is wanted is an AND of ORs of terms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from sqlalchemy import BigInteger, BindParameter, Subquery, TextClause, bindparam, column, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.db import Base

CONTACT = "contact"
ORGANISATION = "organisation"
TASK = "task"
INTERACTION = "interaction"
NEWEST = "ORDER BY 1 DESC LIMIT :most"
KINDS = (CONTACT, ORGANISATION, TASK, INTERACTION)


class Spelling(Base):
    """A word of somebody's name, and how it is spelled with one letter left out or none: for slips of the pen."""

    __tablename__ = "search_spellings"

    spelling: Mapped[str] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(primary_key=True)


class Term(NamedTuple):
    """A folded word, or with `begins` the beginning of one."""

    word: str
    begins: bool = True


Wanted = Sequence[Sequence[Term]]


def hits(session: Session, kind: str, wanted: Wanted, most: int | None = None) -> Subquery:
    """Give the ids (`.c.id`) of the records of a kind with these words, or of the newest, for a statement of yours."""
    sql, words = _asked(session, kind, wanted)
    values: dict[str, object] = {"words": words} if most is None else {"words": words, "most": most}
    given = text(sql if most is None else f"{sql} {NEWEST}")
    unique: list[BindParameter[object]] = [
        bindparam(name, value, unique=True) for name, value in values.items()
    ]
    return given.bindparams(*unique).columns(column("id", BigInteger)).subquery(f"{kind}_hits")


def newest(session: Session, kind: str, wanted: Wanted, most: int) -> list[int]:
    """Give the ids of the newest records with these words, newest first."""
    sql, words = _asked(session, kind, wanted)
    return list(session.connection().execute(_newest(sql), {"words": words, "most": most}).scalars())


@cache  # one for each kind, put together once: every ring of somebody unknown asks it
def _newest(sql: str) -> TextClause:
    return text(f"{sql} {NEWEST}")


def count(session: Session, kind: str, wanted: Wanted, most: int) -> int:
    """Count the records with these words, up to `most`."""
    sql, words = _asked(session, kind, wanted)
    counted = text(f"SELECT count(*) FROM ({sql} LIMIT :most) AS hits")
    return int(session.connection().execute(counted, {"words": words, "most": most}).scalar_one())


def put(session: Session, kind: str, words: Mapping[int, Sequence[str]]) -> None:
    """Index records anew by these words."""
    ordered = sorted(words.items())  # FTS5 would close a page of its index at each step back
    if not ordered:
        return
    if is_sqlite(session):
        sql = f"INSERT OR REPLACE INTO search_{kind} (rowid, words) VALUES (:id, :words)"
        rows: list[dict[str, object]] = [{"id": number, "words": " ".join(each)} for number, each in ordered]
    else:
        sql = (
            f"INSERT INTO search_{kind} (id, words) VALUES (:id, array_to_tsvector(CAST(:words AS text[]))) "
            "ON CONFLICT (id) DO UPDATE SET words = EXCLUDED.words"
        )
        rows = [{"id": number, "words": list(each)} for number, each in ordered]
    session.connection().execute(text(sql), rows)


def drop(session: Session, kind: str, ids: Sequence[int]) -> None:
    """Take records out of the index."""
    if ids:
        sql = f"DELETE FROM search_{kind} WHERE {'rowid' if is_sqlite(session) else 'id'} = :id"
        session.connection().execute(text(sql), [{"id": number} for number in ids])


def empty(session: Session, kind: str) -> None:
    """Take everything of a kind out of the index."""
    sql = f"INSERT INTO search_{kind} (search_{kind}) VALUES ('delete-all')"
    session.execute(text(sql if is_sqlite(session) else f"TRUNCATE search_{kind}"))


def is_sqlite(session: Session) -> bool:
    """Tell which of the two languages is spoken."""
    return session.get_bind().dialect.name == "sqlite"


def _asked(session: Session, kind: str, wanted: Wanted) -> tuple[str, str]:
    """Give the statement that asks, and the words as it understands them: folded, so no quotes are in them."""
    if is_sqlite(session):
        words = _joined(wanted, " AND ", " OR ", lambda term: f'"{term.word}"' + "*" * term.begins)
        return f"SELECT rowid AS id FROM search_{kind} WHERE search_{kind} MATCH :words", words
    words = _joined(wanted, " & ", " | ", lambda term: f"'{term.word}'" + ":*" * term.begins)
    return f"SELECT id FROM search_{kind} WHERE words @@ CAST(:words AS tsquery)", words


def _joined(wanted: Wanted, both: str, either: str, written: Callable[[Term], str]) -> str:
    return both.join(f"({either.join(map(written, terms))})" for terms in wanted)
