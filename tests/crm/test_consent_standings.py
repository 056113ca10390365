"""How many are on a list is what its ledger says, whoever writes into it and however that ends."""

from __future__ import annotations

import asyncio
import random
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm import consent_standings, consents
from crm.consent_standings import ConsentCount, ConsentStanding
from crm.consents import Consent
from crm.contacts import MAIL
from crm.web import api_consents, mailing_list, mailing_lists
from crm.web.api_consent_shapes import ConsentQuery
from hub import backup
from hub.blobs import Blobs
from hub.clock import now
from hub.rows import insert_many
from hub.sqlite import SqliteDatabase
from tests.crm.newsletter import ERIK, FORM, KARIN, Newsletter
from tests.plans import plan

PEOPLE = [f"kund-{number}@kund.example" for number in range(12)]


def counted(session: Session, newsletter: Newsletter) -> tuple[int, int]:
    """Give how many are on the list, as it is shown and by walking through the ledger."""
    newest = select(func.max(Consent.id)).where(
        Consent.list_id == newsletter.list_id, consents.counts(Consent)
    )
    true = select(func.count()).where(
        Consent.id.in_(newest.group_by(Consent.kind, Consent.value)), Consent.state == consents.GIVEN
    )
    shown = consent_standings.numbers(session, [newsletter.list_id, newsletter.other_id])
    return shown[newsletter.list_id], session.scalar(true) or 0


async def test_it_follows_whatever_anybody_writes(newsletter: Newsletter) -> None:
    rolls = random.Random(9)  # noqa: S311 - the same each time
    deeds = (consents.give, consents.ask, consents.withdraw)

    def write(session: Session, *, fails: bool) -> None:
        for _ in range(40):
            rolls.choice(deeds)(session, newsletter.list_id, MAIL, rolls.choice(PEOPLE), FORM)
        if fails:
            raise RuntimeError("killed before it was kept")

    seen = set()
    for turn in range(8):
        if turn % 2:
            with pytest.raises(RuntimeError):
                await newsletter.firm.do(partial(write, fails=True))
        else:
            await newsletter.firm.do(partial(write, fails=False))
        shown, true = await newsletter.firm.db.read(counted, newsletter)
        assert shown == true
        seen.add(true)
        assert await newsletter.firm.db.read(consent_standings.wrong) == []
    assert len(seen) > 2  # it went up and down


async def test_who_says_yes_many_times_at_once_is_one(newsletter: Newsletter) -> None:
    """A form that is sent with two clicks, and somebody who leaves at the same moment."""
    give = [newsletter.firm.db.write(consents.give, newsletter.list_id, MAIL, each, FORM)
            for each in PEOPLE for _again in range(4)]  # fmt: skip
    leave = [
        newsletter.firm.db.write(consents.withdraw, newsletter.list_id, MAIL, each, FORM)
        for each in PEOPLE[::2]
    ]
    await asyncio.gather(*give, *leave)
    shown, true = await newsletter.firm.db.read(counted, newsletter)
    assert shown == true >= 2 + len(PEOPLE) // 2
    assert await newsletter.firm.db.read(consent_standings.wrong) == []
    rows = await newsletter.firm.db.read(
        lambda session: session.scalar(select(func.count()).select_from(ConsentCount))
    )
    assert (rows or 0) < 40  # each of 54 writes would leave one, were none ever put together


async def test_what_went_wrong_is_found_and_mended(newsletter: Newsletter) -> None:
    firm = newsletter.firm
    for spoilt in (
        update(ConsentCount).values(number=ConsentCount.number + 1),
        update(ConsentStanding).where(ConsentStanding.value == ERIK).values(held=False),
        update(ConsentStanding).where(ConsentStanding.value == ERIK).values(consent_id=0),
    ):
        await firm.do(lambda session, spoilt=spoilt: session.execute(spoilt))
        assert await firm.db.read(consent_standings.wrong) == [newsletter.list_id]
        await firm.do(consent_standings.count_anew, newsletter.list_id)
        assert await firm.db.read(consent_standings.wrong) == []
        assert await firm.db.read(counted, newsletter) == (2, 2)


async def test_a_restored_store_counts_each_address_once(newsletter: Newsletter, tmp_path: Path) -> None:
    await newsletter.firm.do(consents.withdraw, newsletter.list_id, MAIL, KARIN, FORM)
    file, other = tmp_path / "monday.tar.gz", SqliteDatabase(tmp_path / "other.db")
    await backup.write(newsletter.firm.db, Blobs(tmp_path / "blobs"), file)
    await other.migrate(partial(backup.read, Blobs(tmp_path / "other-blobs"), file))
    assert await other.read(counted, newsletter) == (1, 1)
    assert await other.read(consent_standings.wrong) == []
    await other.close()


async def test_the_page_of_lists_reads_no_ledger(newsletter: Newsletter) -> None:
    await newsletter.firm.do(_many, newsletter.list_id, 3000)
    found = await newsletter.firm.db.read(lambda session: plan(session, mailing_lists._rows))
    assert "ix_consent_counts_list" in found
    assert "consents" not in found
    assert "consent_standings" not in found
    rows = await newsletter.firm.db.read(mailing_lists._rows)
    assert [(row.name, row.held) for row in rows] == [("News", 3002), ("Offers", 0)]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # whose plans do not differ with what is there
async def test_the_newest_lines_of_a_list_are_found_by_index(newsletter: Newsletter) -> None:
    await newsletter.firm.do(_many, newsletter.list_id, 3000)
    asked = ConsentQuery(list=newsletter.list_id)
    pages = (
        partial(mailing_list._view, list_id=newsletter.list_id),
        partial(api_consents._ledger, query=asked),
    )
    for page in pages:
        found = await newsletter.firm.db.read(plan, page)
        assert "ix_consents_newest" in found


def _many(session: Session, list_id: int, number: int) -> None:
    insert_many(session, Consent, [
        {"list_id": list_id, "kind": MAIL, "value": f"{each}@kund.example", "state": consents.GIVEN,
         "ground": "consent", "source": "import", "place": "", "words": "", "address": "", "at": now()}
        for each in range(number)
    ])  # fmt: skip
