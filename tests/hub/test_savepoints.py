"""A part of a transaction: done as a whole, or as if it had not been begun."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import rows
from hub.db import Database
from hub.savepoints import part
from hub.users import Department

NEW = {"name": "Inserted", "head_id": None, "deputy_id": None, "retired_at": None}


async def found(db: Database) -> list[str]:
    return await db.read(lambda session: sorted(session.scalars(select(Department.name))))


def known(session: Session) -> list[Department]:
    return list(session.scalars(select(Department).order_by(Department.id)))


def rename_all(session: Session) -> None:
    """Change one in each way there is, make one in each, and remove one."""
    sales, service, stores = known(session)[:3]
    rows.change(session, sales, name="Sales North")
    service.name = "Service North"
    session.delete(stores)
    waiting = Department(name="Waiting")
    session.add(waiting)
    session.flush()
    rows.insert(session, Department, **NEW)
    session.add(Department(name="Late"))


def begun_in_vain(session: Session, deed: Callable[[Session], object]) -> None:
    with part(session):
        deed(session)
        raise RuntimeError


def three(session: Session) -> None:
    session.add_all(Department(name=name) for name in ("Sales", "Service", "Stores"))


async def test_a_part_that_raises_leaves_what_was_done_before_it_and_nothing_of_itself(db: Database) -> None:
    await db.write(three)

    def run(session: Session) -> tuple[list[str], list[str]]:
        before = known(session)
        session.add(Department(name="Before"))
        with pytest.raises(RuntimeError):
            begun_in_vain(session, rename_all)
        told = [each.name for each in before[:2]]
        session.add(Department(name="After"))
        session.flush()
        return told, list(session.scalars(select(Department.name)))

    told, seen = await db.write(run)
    assert told == ["Sales", "Service"]
    assert sorted(seen) == ["After", "Before", "Sales", "Service", "Stores"] == await found(db)


async def test_a_part_that_comes_to_its_end_is_kept_also_within_another(db: Database) -> None:
    await db.write(three)

    def run(session: Session) -> None:
        with part(session):
            with pytest.raises(RuntimeError):
                begun_in_vain(session, lambda inner: rows.insert(inner, Department, **NEW))
            rename_all(session)

    await db.write(run)
    assert await found(db) == ["Inserted", "Late", "Sales North", "Service North", "Waiting"]


async def test_what_a_record_was_before_a_part_is_still_to_be_written_after_it(db: Database) -> None:
    await db.write(three)

    def run(session: Session) -> None:
        sales = session.scalars(select(Department).where(Department.name == "Sales")).one()
        sales.name = "Sales South"
        with pytest.raises(RuntimeError):
            begun_in_vain(session, lambda _session: setattr(sales, "name", "Sales North"))

    await db.write(run)
    assert await found(db) == ["Sales South", "Service", "Stores"]
