"""A believable crowd: contacts, organisations, ways to reach them, tasks with deadlines, two years of touches, calls.

    await db.write(crowd.fill, contacts=100_000, interactions=1_000_000)

The same numbers give the same crowd. It is written past the unit of work, since that would take minutes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import contacts as crm_contacts
from crm.calls import Call
from crm.company_file import CompanyFile, seed
from crm.contacts import Contact, Handle, Organisation
from crm.conversations import Interaction
from crm.deadlines import Deadline
from crm.derivation import Derivation, Piece
from crm.fields import CustomField
from crm.policies import Policy
from crm.tasks import Task
from hub.channels import Channel
from hub.clock import now
from hub.db import Base
from hub.languages import LANGUAGES
from hub.settings import default_file, load
from hub.sorting import name_key
from hub.users import Department, User, add_user
from tests import crowd_calls
from tests import crowd_words as words
from tests.crowd_rows import insert_columns

NEVER = "no password is it"  # of people who are here, and whom nobody plays
SPAN = timedelta(days=730)
OPEN = 5  # one in so many tasks is still to do
MOST_CALLS = 100_000
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Place:
    """Where a crowd comes in: the people and departments that are there, and the first free numbers."""

    at: datetime
    staff: Sequence[tuple[int, int]]
    departments: Sequence[int]
    fields: Sequence[CustomField]
    channel_id: int | None
    policy: Policy | None
    contact: int
    organisation: int
    task: int


def fill(
    session: Session, contacts: int = 100_000, interactions: int = 1_000_000, tasks: int | None = None,
    at: datetime | None = None,
) -> None:  # fmt: skip
    """Add a crowd. `tasks` is half as many as contacts, where nothing else is said; `at` is its present, now."""
    place = _place(session, at or now())
    dice = Random(f"{contacts} {interactions}")  # noqa: S311 - a crowd, no secret
    firms = _organisations(session, place, max(1, contacts // 25))
    who = dice.choices(range(contacts), weights=[1 / (1 + i % 97) for i in range(contacts)], k=interactions)
    step = SPAN / max(1, interactions)
    last = {contact: place.at - SPAN + step * i for i, contact in enumerate(who)}
    names = _contacts(session, place, dice, contacts, firms, last)
    _handles(session, place, dice, names)
    _interactions(session, place, dice, who, step)
    _tasks(session, place, dice, names, contacts // 2 if tasks is None else tasks)
    crowd_calls.fill(
        session, place.at, contacts=names, first=place.contact, count=min(MOST_CALLS, interactions // 4)
    )
    _count_on(session, Contact, Organisation, Handle, Interaction, Task, Deadline, Call)


def _place(session: Session, at: datetime) -> Place:
    seed(session, load(default_file("company.toml"), CompanyFile))
    session.flush()
    departments = session.scalars(select(Department).order_by(Department.id)).all()
    for department in departments:
        for name, role in words.STAFF:
            email = f"{name.split()[0]}.{department.id}@crowd.example".lower()
            if session.scalar(select(User.id).where(User.email == email)) is None:
                add_user(session, email, name, role, department.name).password_hash = NEVER
    staff = session.execute(
        select(User.id, User.department_id).where(User.department_id.is_not(None)).order_by(User.id)
    )
    return Place(
        at=at, staff=[(user, department) for user, department in staff if department],
        departments=[each.id for each in departments],
        fields=session.scalars(select(CustomField).order_by(CustomField.position)).all(),
        channel_id=session.scalar(select(func.min(Channel.id))),
        policy=session.scalars(select(Policy).order_by(Policy.id)).first(),
        contact=_first_free(session, Contact), organisation=_first_free(session, Organisation),
        task=_first_free(session, Task),
    )  # fmt: skip


def _organisations(session: Session, place: Place, count: int) -> range:
    kinds = len(words.FIRMS) * len(words.PLACES)
    known = session.scalar(select(func.count()).select_from(Organisation)) or 0

    def name(i: int) -> str:
        firm = words.FIRMS[i % len(words.FIRMS)] % words.PLACES[i // len(words.FIRMS) % len(words.PLACES)]
        return f"{firm} {i // kinds + 1 + known}" if i >= kinds or known else firm

    ids = range(place.organisation, place.organisation + count)
    names = [name(i) for i in range(count)]
    insert_columns(
        session, Organisation, count, {"id": ids, "name": names, **_keys(names)}, made_at=place.at - SPAN
    )
    return ids


def _contacts(
    session: Session, place: Place, dice: Random, count: int, firms: range, last: Mapping[int, datetime]
) -> list[str]:  # fmt: skip
    names = [f"{dice.choice(words.FIRST)} {dice.choice(words.LAST)}" for _ in range(count)]
    made = [place.at - SPAN - DAY * dice.randrange(400) for _ in range(count)]
    owners = [dice.choice(place.staff) if dice.random() < 0.6 else (None, dice.choice(place.departments))
              for _ in range(count)]  # fmt: skip
    known = [_fields(place.fields, dice) for _ in range(1009)]
    insert_columns(session, Contact, count, {
        "id": range(place.contact, place.contact + count),
        "name": names,
        **_keys(names),
        "organisation_id": (dice.choice(firms) if dice.random() < 0.35 else None for _ in range(count)),
        "responsible_id": (user for user, _ in owners),
        "department_id": (department for _, department in owners),
        "fields": (known[i % 1009] for i in range(count)),
        "made_at": made,
        "last_at": (last.get(i) for i in range(count)),
        "changed_at": (last.get(i, made[i]) for i in range(count)),
    }, maybe=None)  # fmt: skip
    return names


def _keys(names: Sequence[str]) -> dict[str, list[str]]:
    """Give what names are sorted by, in each language."""
    return {f"sort_{language}": [name_key(name, language) for name in names] for language in LANGUAGES}


def _fields(known: Sequence[CustomField], dice: Random) -> dict[str, object]:
    """Fill in some of the company's fields."""
    found: dict[str, object] = {}
    for field in known:
        if dice.random() < 0.4:
            kept: dict[str, object] = {"kind": field.kind, "value": _value(field, dice)}
            found[field.name] = kept | {"unit": field.unit if field.kind == "money" else ""}
    return found


def _value(field: CustomField, dice: Random) -> object:
    values: dict[str, object] = {
        "number": dice.randrange(1, 40),
        "money": f"{dice.randrange(5, 400)}000.00",
        "date": f"202{dice.randrange(6, 8)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}",
        "choice": dice.choice(field.choices or [""]),
        "yesno": dice.random() < 0.5,
        "link": f"https://ritningar.example/{dice.randrange(10_000)}",
    }
    return values.get(field.kind, dice.choice(words.SUMMARIES))


def _handles(session: Session, place: Place, dice: Random, names: Sequence[str]) -> None:
    rows: list[tuple[int, str, str]] = []
    for i, name in enumerate(names, place.contact):
        if dice.random() < 0.85:
            rows.append((i, crm_contacts.PHONE, f"+467{'0236'[i % 4]}{i:07d}"))
        if dice.random() < 0.1:
            rows.append((i, crm_contacts.PHONE, f"+4631{3_000_000 + i:07d}"))
        if dice.random() < 0.75:
            local = "".join(letter for letter in name.lower().replace(" ", ".") if letter.isascii())
            rows.append((i, crm_contacts.MAIL, f"{local}.{i}@{words.MAILS[i % len(words.MAILS)]}"))
    columns = zip(*rows, strict=True) if rows else [(), (), ()]
    insert_columns(session, Handle, len(rows), dict(zip(("contact_id", "kind", "value"), columns, strict=True)),
            made_at=place.at - SPAN)  # fmt: skip


KINDS = (
    ("mail", "in"),
    ("call", "in"),
    ("note", "internal"),
    ("mail", "out"),
    ("form", "in"),
    ("chat", "in"),
)


def _interactions(session: Session, place: Place, dice: Random, who: Sequence[int], step: timedelta) -> None:
    """Write them in the order of time, as they come; whom they are from is all mixed up then."""
    texts = [" ".join(dice.sample(words.SENTENCES, dice.randrange(1, 5))) for _ in range(499)]
    count, begun = len(who), place.at - SPAN
    kinds = [dice.choice(KINDS) for _ in range(997)]
    authors: list[int | None] = [user for user, _ in place.staff] or [None]

    def turn(i: int) -> tuple[str, str]:
        return kinds[i % 997]

    insert_columns(session, Interaction, count, {
        "contact_id": (place.contact + each for each in who),
        "channel_id": (place.channel_id if turn(i)[0] == "form" else None for i in range(count)),
        "kind": (turn(i)[0] for i in range(count)),
        "direction": (turn(i)[1] for i in range(count)),
        "at": (begun + step * i for i in range(count)),
        "author_id": (None if turn(i)[1] == "in" else authors[i % len(authors)] for i in range(count)),
        "summary": (_summary(turn(i)[0], i) for i in range(count)),
        "text": (texts[i % 499] for i in range(count)),
        "counts_as_contact": (turn(i)[1] == "out" for i in range(count)),
    }, conversation_id=None, inbound_id=None, key=None, fields=[], origin=[], remarks=[])  # fmt: skip


def _summary(kind: str, i: int) -> str:
    several = words.REMEMBERED if kind == "note" else words.SUMMARIES
    return several[i % len(several)]


def _tasks(session: Session, place: Place, dice: Random, names: Sequence[str], count: int) -> None:
    """Write tasks, the oldest first; the last ones are open, a few of them late."""
    if not names:
        return
    ids = range(place.task, place.task + count)
    done = count - count // OPEN
    whose = [dice.randrange(len(names)) for _ in range(count)]
    made = [place.at - SPAN * (1 - i / max(1, done)) for i in range(done)]
    made += [place.at - timedelta(minutes=dice.randrange(0, 2 * 24 * 60)) for _ in range(done, count)]
    owners = [dice.choice(place.staff) if dice.random() < 0.8 else (None, dice.choice(place.departments))
              for _ in range(count)]  # fmt: skip
    seconds = [dice.choice((900, 3600, 86_400, 3 * 86_400)) for _ in range(count)]
    finished = [made[i] + timedelta(seconds=seconds[i] * dice.uniform(0.1, 1.1)) for i in range(done)]
    finished = [min(each, place.at) for each in finished]
    insert_columns(session, Task, count, {
        "id": ids,
        "title": (f"{words.DEEDS[i % len(words.DEEDS)]} {names[whose[i]]}" for i in range(count)),
        "kind": (("form", "call", "mail")[i % 3] for i in range(count)),
        "contact_id": (place.contact + each for each in whose),
        "assignee_id": (user for user, _ in owners),
        "department_id": (department for _, department in owners),
        "created_at": made,
        "done_at": (finished[i] if i < done else None for i in range(count)),
        "done_by": (owners[i][0] if i < done else None for i in range(count)),
    }, why="Form “Website”: two windows", why_me="", interaction_id=None, planned_for=None)  # fmt: skip
    if place.policy is not None:
        _deadlines(session, place, place.policy, ids, made, seconds, finished)


def _deadlines(
    session: Session, place: Place, policy: Policy, ids: range, made: Sequence[datetime],
    seconds: Sequence[int], finished: Sequence[datetime],
) -> None:  # fmt: skip
    count, done = len(ids), len(finished)
    due = [start + timedelta(seconds=span) for start, span in zip(made, seconds, strict=True)]

    def breach(i: int) -> datetime | None:
        return due[i] if due[i] < (finished[i] if i < done else place.at) else None

    def why(i: int) -> object:
        pieces = (Piece("worked", made[i], due[i], ""),)
        found = Derivation(start=made[i], promise=timedelta(seconds=seconds[i]), due=due[i], pieces=pieces)
        return msgspec.to_builtins(found)

    insert_columns(session, Deadline, count, {
        "task_id": ids, "started_at": made, "seconds": seconds, "due_at": due,
        "met_at": (finished[i] if i < done else None for i in range(count)),
        "breached_at": map(breach, range(count)),
        "derivation": map(why, range(count)),
    }, policy_id=policy.id, department_id=None, kind=policy.target, paused_at=None, pauses=[], zone="Europe/Stockholm",
        words="", way=[], step=-1, next_at=None)  # fmt: skip


def _first_free(session: Session, kind: type[Base]) -> int:
    return (session.scalar(select(func.max(kind.__table__.c.id))) or 0) + 1


def _count_on(session: Session, *kinds: type[Base]) -> None:
    """Have PostgreSQL count on behind the numbers that we gave, and look again at what it has."""
    if session.connection().dialect.name != "sqlite":
        for kind in kinds:
            free = _first_free(session, kind)
            session.execute(select(func.setval(f"{kind.__tablename__}_id_seq", free, False)))
        session.connection().exec_driver_sql("ANALYZE")
