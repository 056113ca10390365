"""Conversations and interactions: what is the same request, and what was last said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from crm import attachments, contacts, conversations
from crm.attachments import Attachment
from crm.conversations import Interaction, request_keys
from hub.channels import Channel
from hub.db import Database

NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SESAME = "sesame"
SECONDS = st.floats(0, 3000, allow_nan=False)


@pytest.fixture
async def karin(db: Database) -> int:
    """Give Karin, who writes by the website."""

    def add(session: Session) -> int:
        session.add(Channel(id=1, name="website", title="Website", kind="form", token=SESAME, settings={}))
        session.flush()
        return contacts.add_contact(session, "Karin Ekdahl")

    return await db.write(add)


def touch(
    session: Session, contact_id: int, at: datetime, summary: str = "", key: str | None = None
) -> Interaction:
    """Have somebody write."""
    made = Interaction(contact_id=contact_id, channel_id=1, key=key, kind="form", direction="in", at=at,
                       summary=summary, text="", fields=[], origin=[], remarks=[])  # fmt: skip
    session.add(made)
    session.flush()
    return made


@given(SECONDS, SECONDS)
@settings(max_examples=200, deadline=None)
def test_two_within_ten_minutes_share_a_key_whichever_is_looked_at_first(one: float, other: float) -> None:
    first, second = NINE + timedelta(seconds=one), NINE + timedelta(seconds=other)
    keys, kept = request_keys("k", 600, first), request_keys("k", 600, second)[0]
    if abs(first - second) < timedelta(minutes=10):
        assert kept in keys
    elif abs(first - second) >= timedelta(minutes=20):
        assert kept not in keys


@pytest.mark.parametrize(
    ("minutes", "same"), [(0, True), (9.9, True), (-9.9, True), (10.1, False), (-10.1, False)]
)
async def test_a_request_is_found_within_ten_minutes(
    db: Database, karin: int, minutes: float, *, same: bool
) -> None:
    later = NINE + timedelta(minutes=minutes)
    await db.write(touch, karin, later, key=request_keys("k", 600, later)[0])
    found = await db.read(conversations.find_request, 1, request_keys("k", 600, NINE), 600, NINE)
    assert (found is not None) is same


async def test_a_request_of_another_channel_is_another_request(db: Database, karin: int) -> None:
    await db.write(touch, karin, NINE, key="n:1")
    assert await db.read(conversations.find_request, 1, ("n:1",), None, NINE) is not None
    assert await db.read(conversations.find_request, 2, ("n:1",), None, NINE) is None


async def test_a_contact_has_one_conversation_on_a_channel(db: Database, karin: int) -> None:
    first = await db.write(conversations.conversation_on, karin, 1, "A price", NINE)
    assert await db.write(conversations.conversation_on, karin, 1, "Another", NINE) == first


async def test_a_note_is_summed_up_by_its_first_line(db: Database, karin: int) -> None:
    text = f"\n {'Wants it before Easter. ' * 20}\nsecond line"
    note = await db.write(conversations.add_note, karin, None, text, counts_as_contact=True)
    assert note.summary.startswith("Wants it before Easter.")
    assert len(note.summary) <= 120
    assert note.text == text


async def test_the_last_touch_of_several_contacts_is_found_at_once(db: Database, karin: int) -> None:
    def several(session: Session) -> int:
        bo = contacts.add_contact(session, "Bo Lind")
        touch(session, karin, NINE, "first")
        touch(session, karin, NINE, "last")
        touch(session, karin, NINE - timedelta(days=1), "before")
        return bo

    bo = await db.write(several)
    found = await db.read(conversations.latest, [karin, bo])
    assert {contact: last.summary for contact, last in found.items()} == {karin: "last"}


async def test_files_are_given_in_the_order_they_came(db: Database, karin: int) -> None:
    def add(session: Session) -> int:
        made = touch(session, karin, NINE)
        names = ["b.png", "a.png", "c.png"]
        session.add_all(
            [Attachment(interaction_id=made.id, name=name, type="", size=1, blob="0") for name in names]
        )
        return made.id

    made = await db.write(add)
    files = await db.read(attachments.attachments_of, [made])
    assert [file.name for file in files[made]] == ["b.png", "a.png", "c.png"]
