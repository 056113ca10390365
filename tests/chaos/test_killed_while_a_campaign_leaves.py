"""A hub is killed again and again in a campaign, and lines are lost: nobody gets it twice, and the sum is exact.

Nobody knows of a copy only where its line died after the final dot: because the server ended it there, or because the
hub was killed while the dot was on its way.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.mail import bulk_despatch
from crm import copy_counts
from crm.campaigns import RUNNING, SCHEDULED, Campaign
from crm.deliveries import SENT, UNKNOWN, Delivery
from hub import bulk_post
from hub.db import Database
from hub.store import open_store
from tests.crm.mailing_out import OFFICE, begin, write_campaign
from tests.eventually import eventually
from tests.servers import sink as sinks
from tests.servers.ringback import Hub
from tests.servers.sink import BODY, Sink

KILLS = min(int(os.environ.get("KILLS", "4")), 50)  # `make soak` kills more often, in a campaign of 20,000
PEOPLE = 20_000 if KILLS >= 50 else 400 * KILLS
CAUGHT_UP = 120  # seconds
DROPS = 0.002  # of the moments at which a line may end
WHILE_MANY_LEAVE = PEOPLE * 9 // 10  # after which it is not killed: of the last some may never arrive
ON_THEIR_WAY = bulk_post.LANES * bulk_despatch.LINES  # dots at once


class Moody:
    """Ends a line now and then, and counts how often it did so after a final dot."""

    def __init__(self) -> None:
        """Begin in a good mood."""
        self._chance = random.Random(9)  # noqa: S311 - where it ends, not a secret
        self.after_dots = 0

    def __call__(self, moment: str) -> bool:
        """Decide."""
        ends = moment in {"MAIL", "RCPT", "DATA", BODY, "."} and self._chance.random() < DROPS
        self.after_dots += ends and moment in {BODY, "."}
        return ends


@pytest.fixture
async def outside() -> AsyncIterator[Sink]:
    """Give the world that letters go to."""
    async with sinks.sink() as made:
        made.offers.append("PIPELINING")
        made.pause = 0.002
        made.whim = Moody()
        yield made


@pytest.mark.timeout(600 + 20 * KILLS)
async def test_nobody_gets_it_twice_and_the_sum_is_exact(hub: Hub, outside: Sink, tmp_path: Path) -> None:
    hub.start()
    await hub.listening()
    settings = tmp_path / "post.toml"
    settings.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in {
        "smtp_host": "127.0.0.1", "smtp_port": outside.port, "smtp_tls": "none", "sent_folder": "", "address": OFFICE,
    }.items()))  # fmt: skip
    hub.tell("channel", "add", "post", "--kind", "mail", "--title", "Office", "--settings", str(settings))
    async with open_store(hub.data) as db:
        await db.write(_write)
        await _killed_again_and_again(hub, outside, db)
        by_state, counted = await db.read(_read), await db.read(copy_counts.by_state, [1])
        assert await db.read(copy_counts.wrong) == []
    arrived = Counter(letter.recipients[0] for letter in outside.letters)
    sent, unknown = by_state[SENT], by_state[UNKNOWN]
    assert set(arrived.values()) == {1}
    assert by_state.keys() <= {SENT, UNKNOWN}
    assert len(sent) + len(unknown) == PEOPLE
    assert counted[1] == {state: len(those) for state, those in by_state.items()}
    assert sent <= arrived.keys() <= sent | unknown
    assert unknown <= set(outside.last.values())  # no answer to it was read any more
    assert isinstance(outside.whim, Moody)
    assert len(unknown) <= outside.whim.after_dots + KILLS * ON_THEIR_WAY
    assert outside.sessions > KILLS
    print(f"{KILLS} kills, {outside.sessions} lines: {len(sent)} sent, {len(unknown)} unknown")  # noqa: T201


async def _killed_again_and_again(hub: Hub, outside: Sink, db: Database) -> None:
    chance = random.Random(4)  # noqa: S311 - where it is killed, not a secret
    for kill in range(KILLS):
        some = (kill * WHILE_MANY_LEAVE + chance.randrange(WHILE_MANY_LEAVE)) // KILLS
        await eventually(lambda some=some: len(outside.letters) >= some, CAUGHT_UP)
        hub.kill()
        hub.start()
        await hub.listening()
    await eventually(lambda: _is_over(db), CAUGHT_UP + PEOPLE / 50)


def _write(session: Session) -> None:
    people = [f"kund-{number}@domain-{number % 50}.example" for number in range(PEOPLE)]
    begin(session, write_campaign(session, people).id)


async def _is_over(db: Database) -> bool:
    return await db.read(lambda session: session.get_one(Campaign, 1).state not in {SCHEDULED, RUNNING})


def _read(session: Session) -> dict[str, set[str]]:
    found = defaultdict[str, set[str]](set)
    for state, address in session.execute(select(Delivery.state, Delivery.address)):
        found[state].add(address)
    return found
