"""Statements that are put together once: they write, read and fail as those of the library do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError, NoResultFound
from sqlalchemy.orm import Session

from hub import rows
from hub.audit import CHANGED, Entry
from hub.clock import now
from hub.db import Base, Database
from hub.said import said
from hub.statements import Statement
from hub.users import User
from tests.asked import asked

AT = datetime(2026, 11, 27, 9, 30, 0, 250, tzinfo=UTC)
KARIN = {"email": "karin@klarruta.example", "name": "Karin", "role": "agent", "made_at": AT}


def put_entry(session: Session, **other: object) -> int:
    told = {"user_id": None, "who": "Elin", "verb": CHANGED, "kind": "deal", "record_id": 3}
    words, changes = said("the visit needs a time: %(why)s", why="snow"), {"value": [None, 1_500_000]}
    return rows.put(session, Entry, **{"at": AT, "words": words, "changes": changes, **told, **other})


def columns(record: Base) -> dict[str, object]:
    return {column.key: getattr(record, column.key) for column in record.__table__.columns}


async def test_a_row_is_read_as_the_library_reads_it(db: Database) -> None:
    entry_id = await db.write(put_entry)
    ours = await db.read(lambda session: columns(rows.get_one(session, Entry, entry_id)))
    theirs = await db.read(lambda session: columns(session.get_one(Entry, entry_id)))
    assert ours == theirs
    assert (ours["at"], ours["changes"], str(ours["words"])) == (
        AT, {"value": [None, 1_500_000]}, "the visit needs a time: snow",
    )  # fmt: skip


async def test_what_is_not_named_is_filled_in_as_ever(db: Database) -> None:
    def put(session: Session) -> int:
        return rows.put(session, Entry, who="Elin", verb=CHANGED, kind="deal", record_id=3)

    before, entry_id = now(), await db.write(put)
    entry = await db.read(lambda session: columns(rows.get_one(session, Entry, entry_id)))
    assert entry["words"] == ""
    assert entry["changes"] == {}
    assert entry["at"] >= before


async def test_rows_that_are_written_together_stand_in_their_order_and_the_last_is_told(db: Database) -> None:
    def put(session: Session) -> tuple[int, list[tuple[int, str]]]:
        told = {
            "at": AT,
            "user_id": None,
            "verb": CHANGED,
            "kind": "deal",
            "record_id": 3,
            "words": "",
            "changes": {},
        }
        last = rows.put_all(session, Entry, [{**told, "who": who} for who in ("Elin", "Nils", "Sofia")])
        found = session.execute(select(Entry.id, Entry.who).order_by(Entry.id)).all()
        return last, [(row.id, row.who) for row in found]

    last, found = await db.write(put)
    assert [who for _id, who in found] == ["Elin", "Nils", "Sofia"]
    assert found[-1][0] == last


async def test_a_record_that_was_changed_elsewhere_is_told_by_whoever_reads_it(db: Database) -> None:
    def change(session: Session) -> tuple[str, bool]:
        made = rows.made(session, User, **{**KARIN, "preferences": {}, "extension": ""})
        plain = User.__table__
        session.connection().execute(plain.update().where(plain.c.id == made.id).values(name="Karin Ekdahl"))
        wanted = Statement(select(*plain.c).where(plain.c.id == bindparam("who")))
        ((again,),) = rows.records(session, wanted, {"who": made.id}, User)
        return made.name, again is made

    assert await db.write(change) == ("Karin Ekdahl", True)


async def test_a_record_that_was_just_read_is_changed_by_the_unit_of_work(db: Database) -> None:
    made = await db.write(rows.insert, User, **KARIN)

    def rename(session: Session) -> None:
        rows.get_one(session, User, made).name = "Karin Ekdahl"

    await db.write(rename)
    assert await db.read(lambda session: session.get_one(User, made).name) == "Karin Ekdahl"


async def test_what_was_changed_in_a_part_that_is_taken_back_is_read_anew(db: Database) -> None:
    made = await db.write(rows.insert, User, **KARIN)

    def change(session: Session) -> str:
        karin = rows.get_one(session, User, made)
        part = session.begin_nested()
        rows.change(session, karin, name="Nobody")
        part.rollback()
        return rows.get_one(session, User, made).name

    assert await db.write(change) == "Karin"


async def test_a_key_that_is_taken_is_the_librarys_error_and_the_rest_goes_on(db: Database) -> None:
    def twice(session: Session) -> int:
        first = rows.put(session, User, **{**KARIN, "preferences": {}, "extension": ""})
        with pytest.raises(IntegrityError) as refused, session.begin_nested():
            rows.put(session, User, **{**KARIN, "preferences": {}, "extension": ""})
        assert "Karin" not in str(refused.value)  # nobody's data comes into a log
        return first

    first = await db.write(twice)
    assert await db.read(lambda session: list(session.scalars(select(User.id)))) == [first]


async def test_what_is_not_there_is_none_and_must_not_be_asked_for(db: Database) -> None:
    assert await db.read(rows.get, User, 7) is None
    with pytest.raises(NoResultFound):
        await db.read(rows.get_one, User, 7)


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_whoever_listens_hears_what_is_asked_of_the_store(db: Database) -> None:
    with asked() as told:
        await db.write(put_entry)
    assert [each.split()[0] for each in told] == ["BEGIN", "INSERT"]
