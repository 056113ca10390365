"""Two houses to walk through: one in which nothing has happened yet, and one that is full."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from crm import caller_lists, search_feed, tags
from crm.company_file import CompanyFile, seed
from hub import signin
from hub.app import fill, likely_duplicates
from hub.cli.demo import move_in
from hub.db import Database
from hub.settings import default_file, load
from hub.store import open_store
from hub.users import ROLES, Role, add_user, find_user, viewer
from tests import crowd, crowd_inbox

# That takes minutes to build and to look through; a plain run takes a smaller one.
CONTACTS, INTERACTIONS = (100_000, 200_000) if os.environ.get("WALK") == "all" else (1_000, 3_000)
CONVERSATIONS = 300
DEPARTMENT = "Front desk"
PEOPLE: dict[Role, str] = {
    "agent": "Elin Sandgren", "head": "Sofia Hjelm", "manager": "Maria Berg", "admin": "Amir Hadad",
}  # fmt: skip
TAGS = ("Windows", "Housing association", "Measured in spring", "Pays late", "Recommended us")
DAY = timedelta(days=1)
LOT = 4_000
TOKENS = "tokens.json"

Tokens = dict[Role, str]


async def build(kept: Path, data: Path, *, full: bool) -> Tokens:
    """Fill a data folder and give everybody's sign-in. What was built once in a run is `kept`, and copied after."""
    model = kept / ("full" if full else "empty")
    with _alone(model) as begun:
        if begun is not None:
            await _build(begun, full=full)
    shutil.copytree(model, data)
    return _tokens(data)


@contextmanager
def _alone(model: Path) -> Iterator[Path | None]:
    """Have one worker of a run build, in the folder that is given, while the others wait; None where it stands."""
    model.parent.mkdir(exist_ok=True)
    with (model.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if model.exists():
            yield None
        else:
            begun = model.with_suffix(".begun")
            yield begun
            begun.rename(model)


def _tokens(data: Path) -> Tokens:
    read: Tokens = json.loads((data / TOKENS).read_text())
    return read


async def _build(data: Path, *, full: bool) -> None:
    async with open_store(data, alone=True) as db:
        if full:
            await fill(db, default_file("company.toml"))
            await move_in(db, data)
            await db.write(crowd.fill, contacts=CONTACTS, interactions=INTERACTIONS)
        tokens = await db.write(_people)
        if full:
            await db.write(_lived_in)
        await _look_through(db)
        await db.write(lambda session: session.execute(text("ANALYZE")))
    (data / TOKENS).write_text(json.dumps(tokens))


async def _look_through(db: Database) -> None:
    """Index everything, and find who is there twice, so that the hub has nothing else to do."""
    await db.write(search_feed.install)
    while lot := await db.read(search_feed.gather, LOT):
        await db.write(search_feed.index, lot)
    doubles = likely_duplicates(db)
    while await doubles.step():
        pass


def _lived_in(session: Session) -> None:
    """Do what the made-up company does not: put names on contacts, numbers on lists, and letters into the inbox."""
    admin = viewer(find_user(session, "admin@klarruta.example"))
    for number, name in enumerate(TAGS, 3):
        tags.add(session, range(1, 200, number), name)
    for number, which in enumerate(("vip", "blocked", "vip"), 10):
        caller_lists.put(
            session, admin, f"+467017406{number}", which, 5 if which == "vip" else 0, "Asked for it"
        )
    people = [find_user(session, f"{role}@klarruta.example") for role in ROLES]
    crowd_inbox.fill(session, CONVERSATIONS, people[0].department_id or 1, [user.id for user in people])


def _people(session: Session) -> Tokens:
    seed(session, load(default_file("company.toml"), CompanyFile))
    session.flush()
    users = {
        role: add_user(session, f"{role}@klarruta.example", PEOPLE[role], role, DEPARTMENT) for role in ROLES
    }
    for user in users.values():
        user.password_hash = crowd.NEVER
    return {role: signin.start(session, user.id, lasts=DAY) for role, user in users.items()}
