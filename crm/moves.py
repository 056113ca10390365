"""How what belongs to a contact follows him into another card, and comes back.

A row that is with another contact, because the two are one, has its home written down (`Move`). A row that would
say again what the other's says already, or would relate somebody to himself, is kept aside as it was at home
(`Surplus`). Homes do not change while merges come and go, so those can be taken back in any order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import cast

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    UniqueConstraint,
    delete,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.belongings import STAYS, Reference, Row, naming, put_back, references, take_out
from crm.contacts import Contact, root
from hub.db import Base, Document
from hub.rows import insert_many


class Move(Base):
    """A row that is with another contact than its own, `home_id`. `place` is where it names him."""

    __tablename__ = "merge_moves"

    id: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[str]
    row: Mapped[int]
    home_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))

    __table_args__ = (
        UniqueConstraint("place", "row"),
        Index("ix_merge_moves_home", "home_id", "place"),
        {"info": STAYS},
    )


class Surplus(Base):
    """A row of the table `of` that is kept aside. `home_id` and `other_home_id` are whom it names at home."""

    __tablename__ = "merge_surplus"

    id: Mapped[int] = mapped_column(primary_key=True)
    of: Mapped[str]
    home_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    other_home_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    values: Mapped[Row] = mapped_column(Document)

    __table_args__ = ({"info": STAYS},)


def family(session: Session, contact_id: int) -> set[int]:
    """Give a contact and all that were merged into it."""
    found, new = {contact_id}, {contact_id}
    while new:
        new = set(session.scalars(select(Contact.id).where(Contact.merged_into_id.in_(new)))) - found
        found |= new
    return found


def follow(session: Session, card_id: int, other_id: int) -> None:
    """Have everything of one contact follow him into another's card."""
    for where in references():
        rows = select(where.id).where(where.column == card_id)
        away = select(Move.row).where(Move.place == where.place)
        new = select(literal(where.place), where.id, literal(card_id)).where(
            where.column == card_id, where.id.not_in(away)
        )
        session.connection().execute(insert(Move).from_select(["place", "row", "home_id"], new))
        _move(session, where, card_id, other_id, where.id.in_(rows))
    _unpark(session, {other_id})


def come_back(session: Session, card_id: int, other_id: int) -> None:
    """Have everything that is at home with a contact, or with one merged into it, come back to its card."""
    homes = family(session, card_id)
    for where in references():
        home = select(Move.row).where(Move.place == where.place, Move.home_id.in_(homes))
        _move(session, where, other_id, card_id, where.id.in_(home))
        at_home = select(where.id).where(where.column == card_id)
        session.execute(
            delete(Move).where(Move.place == where.place, Move.home_id == card_id, Move.row.in_(at_home)),
            execution_options={"synchronize_session": False},
        )
    _unpark(session, {card_id, other_id})


def settle(session: Session, where: Reference, row: int, card_id: int) -> None:
    """Have a row be at home with a contact whose card stands for itself."""
    session.connection().execute(update(where.table).where(where.id == row).values({where.column: card_id}))
    session.execute(delete(Move).where(Move.place == where.place, Move.row == row))


def _move(session: Session, where: Reference, source: int, target: int, which: ColumnElement[bool]) -> None:
    """Give rows to another contact: all at once, or where the table refuses some, one by one."""
    rows = select(where.id).where(where.column == source, which)
    if where.others:
        himself = rows.where(or_(*[other == target for other in where.others]))
        for row in session.connection().scalars(himself).all():
            _park(session, where, row)
    change = update(where.table).values({where.column: target})
    try:
        with session.begin_nested():
            session.connection().execute(change.where(where.column == source, which))
    except IntegrityError:
        for row in session.connection().scalars(rows.order_by(where.id)).all():
            try:
                with session.begin_nested():
                    session.connection().execute(change.where(where.id == row))
            except IntegrityError:
                _park(session, where, row)


def _park(session: Session, where: Reference, row: int) -> None:
    """Keep a row aside. One that others hang on stays where it is: there it is out of sight as well."""
    columns = {f"{where.table.name}.{each.name}": each.name for each in naming(where.table)}
    away = (Move.place.in_(columns), Move.row == row)
    homes = {
        columns[place]: home for place, home in session.execute(select(Move.place, Move.home_id).where(*away))
    }
    try:
        with session.begin_nested():
            values = take_out(session, where.table, row) | homes
            first, second, *_ = [values[name] for name in columns.values() if values[name] is not None] + [
                None
            ]
            session.execute(
                insert(Surplus).values(
                    of=where.table.name, home_id=first, other_home_id=second, values=values
                )
            )
            session.execute(delete(Move).where(*away))
    except IntegrityError:
        return


def _unpark(session: Session, cards: Collection[int]) -> None:
    """Put back what was kept aside and is not too much any more."""
    homes = set[int]().union(*[family(session, each) for each in cards])
    concerned = or_(Surplus.home_id.in_(homes), Surplus.other_home_id.in_(homes))
    for kept in session.scalars(select(Surplus).where(concerned).order_by(Surplus.id)).all():
        home = {each: cast("int", kept.values[each.name]) for each in naming(Base.metadata.tables[kept.of])}
        home = {column: contact_id for column, contact_id in home.items() if contact_id is not None}
        here = {column: root(session, contact_id) for column, contact_id in home.items()}
        if len(set(here.values())) == len(here) and _fits(session, kept, home, here):
            session.delete(kept)
            session.flush()


def _fits(
    session: Session, kept: Surplus, home: Mapping[Column[int], int], here: Mapping[Column[int], int]
) -> bool:
    """Put a row back if its table takes it now; its number may have been given to another meanwhile."""
    table = Base.metadata.tables[kept.of]
    values = kept.values | {column.name: contact_id for column, contact_id in here.items()}
    for attempt in (values, {name: value for name, value in values.items() if name != "id"}):
        try:
            with session.begin_nested():
                row = put_back(session, table, attempt)
                insert_many(session, Move, [
                    {"place": f"{kept.of}.{column.name}", "row": row, "home_id": home[column]}
                    for column, contact_id in here.items() if contact_id != home[column]
                ])  # fmt: skip
        except IntegrityError:
            continue
        return True
    return False
