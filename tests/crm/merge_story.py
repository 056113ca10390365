"""A few people whose cards are merged, parted and worked on: the hub's store, and beside it what must be in it.

The oracle knows homes alone: every row is at home with one person, and stands on the card into which this person's
card leads. Of columns it knows who wrote what, in order: what was written last by a person, or by a merge that
still holds, is what stands there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from crm import contacts, desk, merging, tags, tasks
from crm.belongings import Reference, references
from crm.contacts import PHONE, Contact
from crm.conversations import Conversation, Interaction
from crm.relations import Relation, kinds, relate
from crm.tags import ContactTag
from hub.clock import now
from hub.db import Base
from hub.users import Viewer
from tests.crm.website import Website, form

SOFIA = Viewer(None, "admin", None, "Sofia Hjelm")
NAMES = ("Karin", "Bo", "Eva", "Nils", "Maja")
SHARED = {"contact_tags", "relations"}  # several may have the same: what is too much is kept aside

Marked = TypeVar("Marked", ContactTag, Relation)
Rows = dict[tuple[str, int], dict[str, object]]


@dataclass
class Story:
    """One story. `homes` says by table and number with whom a row is at home."""

    site: Website
    session: Session
    numbers: count[int]
    people: list[int] = field(default_factory=list)
    phones: dict[int, list[str]] = field(default_factory=dict)
    homes: dict[tuple[str, int], int] = field(default_factory=dict)
    into: dict[int, tuple[int, int]] = field(default_factory=dict)
    tags: set[tuple[int, int]] = field(default_factory=set)
    relations: set[tuple[int, int, int | None]] = field(default_factory=set)
    writes: dict[tuple[int, str], list[tuple[int | None, object]]] = field(default_factory=dict)

    def begin(self) -> None:
        """Let everybody write once."""
        for name in NAMES:
            phone = self._phone()
            self._sends(phone, name=name if len(self.people) % 2 == 0 else "", floor=name)
            contact_id = contacts.find(self.session, PHONE, phone)
            assert contact_id is not None
            self.people.append(contact_id)
            self.phones[contact_id] = [phone]
            for column, value in self._columns(contact_id).items():
                self.writes[contact_id, column] = [(None, value)]
        self._marks()
        for where in references():
            if where.table.name not in SHARED:
                for row, contact_id in self._rows(where):
                    self.homes[where.place, row] = contact_id
        self.tags = {(row.contact_id, row.tag_id) for row in self._all_of(ContactTag)}
        self.relations = {(row.contact_id, row.kind_id, row.other_id) for row in self._all_of(Relation)}

    def root(self, contact_id: int) -> int:
        """Say on which card somebody is."""
        while contact_id in self.into:
            contact_id = self.into[contact_id][1]
        return contact_id

    def merge(self, one: int, other: int, taken: Sequence[str] | None) -> None:
        """Make one card of two, if they are two."""
        card, survivor = self.root(self.people[one]), self.root(self.people[other])
        if card == survivor:
            return
        theirs, ours = self._columns(card), self._columns(survivor)
        done = merging.merge(self.session, SOFIA, card, survivor, taken)
        self.into[card] = (done.id, survivor)
        if taken is None:
            taken = [column for column, value in theirs.items() if value and not ours.get(column)]
        for column in taken:
            if theirs.get(column) != ours.get(column):
                self.writes.setdefault((survivor, column), [(None, None)]).append(
                    (done.id, theirs.get(column))
                )

    def part(self, place: int) -> None:
        """Take one of the merges back that hold."""
        if self.into:
            card = sorted(self.into)[place % len(self.into)]
            merge_id, _ = self.into.pop(card)
            merging.undo(self.session, SOFIA, merge_id)
            for key, written in self.writes.items():
                self.writes[key] = [each for each in written if each[0] != merge_id]

    def writes_in(self, one: int, *, gives_new: bool) -> None:
        """Have somebody send the form by a number of his, and perhaps tell a new one."""
        contact_id = self.people[one]
        phone = self.phones[contact_id][-1]
        new = [self._phone()] if gives_new else []
        before = self._all()
        self._sends(", ".join([phone, *new]), message=f"again {next(self.numbers)}")
        self.phones[contact_id] += new
        self._made(before, contact_id)

    def noted(self, one: int) -> None:
        """Have a colleague write about the card on which somebody is, and make a task without a request."""
        card, before = self.root(self.people[one]), self._all()
        desk.note(self.session, SOFIA, self.session.get_one(Contact, card), "A note", counts_as_contact=False)
        tasks.add_task(self.session, title="Ring", kind="task", why="", contact_id=card, assignee_id=None,
                       department_id=None, created_at=now())  # fmt: skip
        self._made(before, card)

    def edited(self, one: int, column: str) -> None:
        """Have a colleague change the card on which somebody is."""
        card = self.session.get_one(Contact, self.root(self.people[one]))
        value = f"typed {next(self.numbers)}"
        if column == "name":
            card.name = value
        else:
            card.fields = {**card.fields, column.removeprefix("fields."): value}
        self.session.flush()
        self.writes.setdefault((card.id, column), [(None, None)]).append((None, value))

    def check(self) -> None:
        """See that every row is where its home is now, and every column as it was written last."""
        self.session.flush()
        self.session.expire_all()
        found = self._all()
        for (place, row), home in self.homes.items():
            assert found.get((place, row)) == self.root(home), f"{place} {row}, at home with {home}"
        for (contact_id, column), written in self.writes.items():
            stands = self._columns(contact_id).get(column)
            assert (stands or None) == (written[-1][1] or None), f"{column} of {contact_id}"
        self._check_marks()
        crossed = select(Interaction.id).join(Conversation, Conversation.id == Interaction.conversation_id)
        assert not self.session.scalars(
            crossed.where(Interaction.contact_id != Conversation.contact_id)
        ).all()

    def _marks(self) -> None:
        """Give some the same tag, and relate everybody to the next, one pair in both ways."""
        kind = kinds(self.session)[0]
        one, other, third, *others = (self.session.get_one(Contact, each) for each in self.people)
        for contact, words in (
            (one, "vip"),
            (other, "vip"),
            (third, "vip"),
            (third, "old"),
            (others[0], "old"),
        ):
            tags.add(self.session, [contact.id], f"{words} {self.people[0]}")
        for first, second in ((one, other), (other, one), (one, third), (other, third), (third, others[0])):
            relate(self.session, first, kind, second, turned=False)

    def _check_marks(self) -> None:
        """Whatever somebody has at home his card says once; nobody is related to himself."""
        tagged = {(self.root(contact_id), tag) for contact_id, tag in self.tags}
        rows = [(row.contact_id, row.tag_id) for row in self._all_of(ContactTag)]
        assert sorted(rows) == sorted(tagged)
        related = {(self.root(one), kind, self.root(other)) for one, kind, other in self.relations}
        found = [(row.contact_id, row.kind_id, row.other_id) for row in self._all_of(Relation)]
        assert sorted(found) == sorted(each for each in related if each[0] != each[2])

    def _all_of(self, table: type[Marked]) -> Sequence[Marked]:
        return self.session.scalars(select(table).where(table.contact_id.in_(self.people))).all()

    def _rows(self, where: Reference) -> Sequence[tuple[int, int]]:
        wanted = select(where.id, where.column).where(where.column.in_(self.people))
        return [(row, contact_id) for row, contact_id in self.session.execute(wanted)]

    def _made(self, before: Mapping[tuple[str, int], int], home: int) -> None:
        for key in self._all().keys() - before.keys():
            if not key[0].startswith("conversations"):
                self.homes[key] = home

    def _all(self) -> dict[tuple[str, int], int]:
        return {
            (where.place, row): contact_id
            for where in references()
            if where.table.name not in SHARED
            for row, contact_id in self._rows(where)
        }

    def _columns(self, contact_id: int) -> dict[str, object]:
        return merging.values_of(self.session.get_one(Contact, contact_id))

    def _phone(self) -> str:
        return f"+4670{next(self.numbers):07d}"

    def _sends(self, phone: str, **answers: str) -> None:
        event = form(phone=phone, **answers)
        self.site.take(self.session, self.site.keep(self.session), event)


def rows(session: Session) -> Rows:
    """Give everything that belongs to contacts, and themselves, but for the books on merges."""
    session.flush()
    found: Rows = {}
    owned: dict[str, Table] = {where.table.name: where.table for where in references()}
    for table in [Base.metadata.tables["contacts"], *owned.values()]:
        for row in session.execute(select(table)).mappings():
            found[table.name, row["id"]] = dict(row)
    return found
