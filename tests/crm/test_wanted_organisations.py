"""Lists of organisations: each order shows all that one sees once, and a page far down is found by an index."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm import listing, wanted_organisations
from crm.listing import ORGANISATIONS
from crm.organisations import organisation_for
from hub.db import Database
from hub.users import Viewer, find_user, viewer
from tests import crowd
from tests.plans import plan

EVERYTHING = Viewer(None, "manager", None, "Maria Berg")
FIRMS = 60


def asked(**query: str) -> listing.Asked:
    """Read what an address asks for."""
    return listing.read(query, ORGANISATIONS)


def walk(session: Session, who: Viewer, sort: str) -> list[int]:
    """Go through a list to its end."""
    found: list[int] = []
    after = ""
    while page := wanted_organisations.rows(session, who, asked(sort=sort), after, 7):
        found += [row.organisation.id for row in page]
        after = str(page[-1].place)
    return found


async def test_every_order_shows_all_that_one_sees_once(db: Database) -> None:
    await db.write(crowd.fill, contacts=FIRMS * 25, interactions=50, tasks=100)
    agent = await db.read(lambda session: viewer(find_user(session, "elin.2@crowd.example")))
    for who in (EVERYTHING, agent):
        seen = [each for each in range(1, FIRMS + 1) if await db.read(may_open, who, each)]
        assert await db.read(wanted_organisations.ids, who, asked()) == seen
        assert await db.read(wanted_organisations.count, who, asked()) == len(seen)
        for sort in [*ORGANISATIONS.sorts, *(f"-{name}" for name in ORGANISATIONS.sorts)]:
            walked = await db.read(walk, who, sort)
            assert (sort, len(walked), sorted(walked)) == (sort, len(seen), seen)


def may_open(session: Session, who: Viewer, organisation_id: int) -> bool:
    """Tell whether somebody may open a page."""
    return organisation_for(session, who, organisation_id) is not None


async def test_a_page_far_down_is_found_by_an_index(db: Database) -> None:
    await db.write(crowd.fill, contacts=400 * 25, interactions=10)
    for sort in ("name", "-changed", "made"):
        far = str((await db.read(wanted_organisations.rows, EVERYTHING, asked(sort=sort), "", 300))[-1].place)
        told = await db.read(plan, wanted_organisations.rows, EVERYTHING, asked(sort=sort), far, 50)
        if "SCAN" in told or "SEARCH" in told:  # a small table is read through by PostgreSQL, and rightly so
            assert "SCAN organisations" not in told
            assert "SEARCH organisations USING INDEX" in told
