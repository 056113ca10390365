"""What the inbox shows to whom, in which order, and along which index."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from crm import conversation_tags, inbox_lists
from crm.contacts import add_contact
from crm.conversations import Conversation, Interaction
from crm.inbox_lists import ALL, DEPARTMENT, MINE, QUEUE
from crm.listing import INBOX, Asked, read
from crm.tasks import Task
from hub.channels import Channel
from hub.clock import now
from hub.users import Viewer, find_department, find_user
from tests.crm.klarruta import Klarruta
from tests.plans import plan

MANY = 3000
SHOP = 31


@pytest.fixture
async def shelf(firm: Klarruta) -> Klarruta:
    """Give conversations of every kind; their subjects say what they are."""
    await firm.do(_fill)
    return firm


def _fill(session: Session) -> None:
    session.add(Channel(id=SHOP, name="shop", title="Shop", kind="website", token="shop", settings={}))  # noqa: S106
    contact = add_contact(session, "Karin Ekdahl")
    sales, service = find_department(session, "Sales").id, find_department(session, "Service").id
    elin, hour = find_user(session, "elin@klarruta.example").id, timedelta(hours=1)

    def put(subject: str, hours: int, **values: object) -> None:
        at = now() - hours * hour
        given = {"department_id": sales, "waits_since": at, **values}
        session.add(
            Conversation(
                contact_id=contact, channel_id=SHOP, subject=subject, opened_at=at, last_at=at, **given
            )
        )

    put("hers, waits long", 9, assignee_id=elin)
    put("hers, waits", 2, assignee_id=elin)
    put("hers, we wait", 5, assignee_id=elin, waits_since=None)
    put("hers, we wait, newer", 1, assignee_id=elin, waits_since=None)
    put("hers, put off", 3, assignee_id=elin, snoozed_until=now() + hour)
    put("hers, closed", 4, assignee_id=elin, waits_since=None, closed_at=now())
    put("nobody's", 6)
    put("nobody's in Service", 7, department_id=service)
    session.flush()


async def shown(firm: Klarruta, name: str, **query: str) -> list[str]:
    """Give the subjects of a list as somebody sees it."""
    who = await firm.who(name)
    return await firm.db.read(
        lambda session: [str(row.conversation.subject) for row in _rows(session, who, query)]
    )


def _rows(session: Session, who: Viewer, query: dict[str, str]) -> list[inbox_lists.Row]:
    return inbox_lists.page_of(session, who, read(query, INBOX), "", 30)


async def test_the_longest_wait_stands_on_top_and_below_that_where_we_wait(shelf: Klarruta) -> None:
    both = ["hers, waits long", "hers, waits", "hers, we wait, newer", "hers, we wait"]
    assert await shown(shelf, "Elin") == both
    assert await shown(shelf, "Elin", turn="us") == both[:2]
    assert await shown(shelf, "Elin", turn="them") == both[2:]


async def test_what_is_late_is_pinned_on_top(shelf: Klarruta) -> None:
    def break_a_promise(session: Session) -> None:
        newer = _rows(session, elin, {})[1].conversation
        touch = Interaction(
            contact_id=newer.contact_id, conversation_id=newer.id, kind="mail", direction="in", at=now(), summary="",
            text="", fields=[], origin=[], remarks=[],
        )  # fmt: skip
        session.add(touch)
        session.flush()
        session.add(Task(
            title="Answer", kind="mail", why="", interaction_id=touch.id, assignee_id=elin.user_id,
            department_id=newer.department_id, created_at=newer.opened_at, due_at=now() - timedelta(minutes=5),
        ))  # fmt: skip

    elin = await shelf.who("Elin")
    await shelf.db.write(break_a_promise)
    assert (await shown(shelf, "Elin", turn="us")) == ["hers, waits", "hers, waits long"]
    assert (await shown(shelf, "Maria", view="all"))[0] == "hers, waits"


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        pytest.param({"state": "snoozed"}, ["hers, put off"], id="snoozed"),
        pytest.param({"state": "closed"}, ["hers, closed"], id="closed"),
        pytest.param({"view": "unassigned"}, ["nobody's"], id="unassigned"),
        pytest.param({"view": "all", "responsible": "none"}, ["nobody's"], id="with nobody"),
        pytest.param({"view": "all", "channel": "99"}, [], id="another channel"),
    ],
)
async def test_views_and_filters(shelf: Klarruta, query: dict[str, str], subjects: list[str]) -> None:
    assert await shown(shelf, "Elin", **query) == subjects


async def test_everybody_has_his_own_and_his_departments_and_managers_all(shelf: Klarruta) -> None:
    assert await shown(shelf, "Nils", view="all") == ["nobody's in Service"]
    assert await shown(shelf, "Johan") == []
    assert "hers, waits" in await shown(shelf, "Johan", view="department")
    assert {"nobody's", "nobody's in Service", "hers, waits"} <= set(await shown(shelf, "Maria", view="all"))


async def test_what_waits_is_counted_for_each_view(shelf: Klarruta) -> None:
    elin, maria = await shelf.who("Elin"), await shelf.who("Maria")
    assert await shelf.db.read(inbox_lists.waiting, elin) == {MINE: 2, QUEUE: 1, DEPARTMENT: 3, ALL: 3}
    assert await shelf.db.read(inbox_lists.waiting, maria) == {MINE: 0, QUEUE: 2, DEPARTMENT: 0, ALL: 4}


async def test_a_tag_finds_also_under_the_name_that_it_was_joined_into(shelf: Klarruta) -> None:
    def tag(session: Session) -> int:
        first = _rows(session, elin, {})[0].conversation
        old, _new = conversation_tags.put(session, first.id, "Guarantee")
        kept = conversation_tags.tags.make(session, "Warranty")
        session.flush()
        conversation_tags.tags.join(session, old, kept)
        return kept.id

    elin = await shelf.who("Elin")
    number = await shelf.db.write(tag)
    assert await shown(shelf, "Elin", tag=str(number)) == ["hers, waits long"]
    named = await shelf.db.read(lambda session: conversation_tags.tags_of(session, [1])[1])
    assert [each.name for each in named] == ["Warranty"]


async def test_a_contacts_conversations_since_a_moment(shelf: Klarruta) -> None:
    since = now() - timedelta(hours=2, minutes=30)
    found = await shelf.db.read(inbox_lists.with_contact, 1, since)
    assert [each.subject for each in found] == ["hers, we wait, newer", "hers, waits"]


@pytest.mark.parametrize(
    ("picks", "index"),
    [
        pytest.param({}, "ix_conversations_us", id="mine"),
        pytest.param({"view": "unassigned"}, "ix_conversations_us", id="unassigned"),
        pytest.param({"view": "department", "turn": "them"}, "ix_conversations_them", id="department"),
        pytest.param({"state": "closed"}, "ix_conversations_closed", id="closed"),
    ],
)
async def test_each_list_is_walked_along_an_index(firm: Klarruta, picks: dict[str, str], index: str) -> None:
    await firm.do(_crowd)
    elin = await firm.who("Elin")
    words = await firm.db.read(plan, inbox_lists.page_of, elin, Asked(kind=INBOX, picks=picks), "", 31)
    assert index in words
    assert not {"SCAN conversations", "Seq Scan on conversations"} & set(words.splitlines())


def _crowd(session: Session) -> None:
    session.add(Channel(id=SHOP, name="shop", title="Shop", kind="website", token="shop", settings={}))  # noqa: S106
    contact, moment = add_contact(session, "Karin Ekdahl"), now()
    people = [find_user(session, f"{name}@klarruta.example") for name in ("elin", "johan", "nils")]
    for number in range(MANY):
        who, at = people[number % 3], moment - timedelta(minutes=number)
        session.add(Conversation(
            contact_id=contact, channel_id=SHOP, subject="", opened_at=at, last_at=at, department_id=who.department_id,
            assignee_id=who.id if number % 5 else None, waits_since=at if number % 2 else None,
            closed_at=at if number % 7 else None,
        ))  # fmt: skip
    session.flush()
    session.execute(text("ANALYZE"))
