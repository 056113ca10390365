"""Lists of contacts: whatever is asked for is found, counted and walked in its order, page by page, on both stores."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from sqlalchemy.orm import Session

from crm import contacts, listing, search_feed, wanted
from crm.company_file import CompanyFile, seed
from crm.conversations import add_note
from crm.listing import CONTACTS
from crm.rights import contact_for
from crm.tasks import add_task
from hub.clock import now
from hub.db import Database
from hub.languages import Listener, speaking_to
from hub.settings import default_file, load
from hub.users import Viewer, find_user, viewer
from tests import crowd
from tests.crm.klarruta import Klarruta
from tests.plans import plan

EVERYTHING = Viewer(None, "manager", None, "Maria Berg")


def asked(query: str) -> listing.Asked:
    """Read what an address asks for."""
    return listing.read(dict(parse_qsl(query)))


async def names(db: Database, query: str, who: Viewer = EVERYTHING) -> list[str]:
    """Give the names that a list shows."""
    rows = await db.read(wanted.rows, who, asked(query), "", 100)
    return [row.contact.name for row in rows]


def walk(session: Session, who: Viewer, query: str) -> list[int]:
    """Go through a list to its end."""
    found: list[int] = []
    after = ""
    while page := wanted.rows(session, who, asked(query), after, 40):
        found += [row.contact.id for row in page]
        after = str(page[-1].place)
    return found


async def test_every_order_shows_everybody_once_and_counts_them(db: Database) -> None:
    await db.write(crowd.fill, contacts=150, interactions=90, tasks=120)
    agent = await db.read(lambda session: viewer(find_user(session, "elin.2@crowd.example")))
    for who in (EVERYTHING, agent):
        everybody = set(await db.read(wanted.ids, who, asked("")))
        assert await db.read(wanted.count, who, asked("")) == len(everybody)
        for sort in [*CONTACTS.sorts, *(f"-{name}" for name in CONTACTS.sorts)]:
            walked = await db.read(walk, who, f"sort={sort}")
            assert (sort, len(walked), set(walked)) == (sort, len(everybody), everybody)


async def test_an_agent_is_shown_what_he_may_open(db: Database) -> None:
    await db.write(crowd.fill, contacts=80, interactions=10, tasks=60)
    agent = await db.read(lambda session: viewer(find_user(session, "elin.2@crowd.example")))
    listed = await db.read(wanted.ids, agent, asked(""))
    opened = await db.read(lambda session: [
        contact_id for contact_id in range(1, 81) if may_open(session, agent, contact_id)
    ])  # fmt: skip
    assert 0 < len(listed) < 80
    assert listed == opened


def may_open(session: Session, who: Viewer, contact_id: int) -> bool:
    """Tell whether somebody may open a card."""
    return contact_for(session, who, contact_id) is not None


@pytest.mark.parametrize(("language", "order"), [("sv", ["Zetterlund", "Åberg", "Öberg"]),
                                                 ("en", ["Åberg", "Öberg", "Zetterlund"])])  # fmt: skip
async def test_names_stand_in_the_order_of_the_readers_language(
    firm: Klarruta, language: str, order: list[str]
) -> None:
    for name in ("Öberg", "Zetterlund", "Åberg"):
        await firm.do(contacts.add_contact, name)
    with speaking_to(Listener(language)):
        assert await names(firm.db, "sort=name") == order


async def test_a_contact_that_is_renamed_moves_to_his_new_place(firm: Klarruta) -> None:
    first = await firm.do(contacts.add_contact, "Anna")
    await firm.do(contacts.add_contact, "Bo")
    await firm.do(lambda session: setattr(session.get_one(contacts.Contact, first), "name", "Cecilia"))
    assert await names(firm.db, "sort=name") == ["Bo", "Cecilia"]


async def test_whoever_was_spoken_with_last_stands_first(firm: Klarruta) -> None:
    first = await firm.do(contacts.add_contact, "Anna")
    await firm.do(contacts.add_contact, "Bo")
    await firm.do(add_note, first, None, "Rang", counts_as_contact=True)
    assert await names(firm.db, "sort=-last") == ["Anna", "Bo"]


NARROWED = (
    ("f.about=Repair", "Bo"), ("f.budget.from=10000", "Anna"), ("f.budget=9000", "Bo"), ("f.newsletter=yes", "Anna"),
    ("f.gone=1", ""), ("f.budget.from=much", ""), ("has=phone", "Anna"), ("has=no-phone", "Bo Cecilia"),
    ("open=any", "Cecilia"), ("open=late", ""), ("open=none", "Anna Bo"), ("made.from=2999-01-01", ""),
    ("made.to=9999-12-31", "Anna Bo Cecilia"), ("responsible=none", "Anna Bo Cecilia"), ("department=999999", ""),
    ("department=x&responsible=y&open=z&sort=%00", "Cecilia Bo Anna"), ("q=ann", "Anna"),
)  # fmt: skip


async def test_a_list_is_narrowed_down(db: Database) -> None:
    def three(session: Session) -> None:
        seed(session, load(default_file("company.toml"), CompanyFile))
        money = {"kind": "money", "value": "12500.00", "unit": "SEK"}
        contacts.add_contact(session, "Anna", [(contacts.PHONE, "+46701740612")],
                             fields={"budget": money, "newsletter": {"kind": "yesno", "value": True}})  # fmt: skip
        less, odd = money | {"value": "9000.00"}, {"kind": "text", "value": "much", "unit": ""}
        about = {"kind": "choice", "value": "Repair", "unit": ""}
        contacts.add_contact(session, "Bo", fields={"budget": less, "about": about})
        third = contacts.add_contact(session, "Cecilia", fields={"budget": odd})
        add_task(session, title="Call back", kind="call", why="", contact_id=third, department_id=1,
                 assignee_id=None, created_at=now())  # fmt: skip

    await db.write(search_feed.install)
    await db.write(three)
    for query, found in NARROWED:
        sort = "" if "sort" in query else "&sort=name"
        assert (query, " ".join(await names(db, f"{query}{sort}"))) == (query, found)


async def test_a_page_far_down_is_found_by_an_index(db: Database) -> None:
    await db.write(crowd.fill, contacts=400, interactions=400)
    for sort in ("name", "-last", "made"):
        rows = await db.read(wanted.rows, EVERYTHING, asked(f"sort={sort}"), "", 300)
        told = await db.read(plan, wanted.rows, EVERYTHING, asked(f"sort={sort}"), str(rows[-1].place), 50)
        if "SCAN" in told or "SEARCH" in told:  # a small table is read through by PostgreSQL, and rightly so
            assert "SCAN contacts" not in told
            assert "SEARCH contacts USING INDEX" in told
