"""Two houses to walk through: one in which nothing has happened yet, and one that is full."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from crm.company import CompanyFile, seed
from hub import signin
from hub.settings import default_file, load
from hub.store import open_store
from hub.users import ROLES, Role, add_user
from tests import crowd

# What is put into a house is looked through by the hub for minutes after; a plain run takes a smaller one.
CONTACTS, INTERACTIONS = (100_000, 200_000) if os.environ.get("WALK") == "all" else (1_000, 3_000)
DEPARTMENT = "Front desk"
PEOPLE: dict[Role, str] = {
    "agent": "Elin Sandgren", "head": "Sofia Hjelm", "manager": "Maria Berg", "admin": "Amir Hadad",
}  # fmt: skip
DAY = timedelta(days=1)

Tokens = dict[Role, str]


async def build(data: Path, *, full: bool) -> Tokens:
    """Fill a data folder and give everybody's sign-in."""
    async with open_store(data, alone=True) as db:
        if full:
            await db.write(crowd.fill, contacts=CONTACTS, interactions=INTERACTIONS)
        tokens = await db.write(_people)
        await db.write(lambda session: session.execute(text("ANALYZE")))
    return tokens


def _people(session: Session) -> Tokens:
    seed(session, load(default_file("company.toml"), CompanyFile))
    session.flush()
    users = {
        role: add_user(session, f"{role}@klarruta.example", PEOPLE[role], role, DEPARTMENT) for role in ROLES
    }
    return {role: signin.start(session, user.id, lasts=DAY) for role, user in users.items()}
