"""A campaign to two hundred by a real Postfix: what each mail server says of a recipient is said of that one alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import dkim  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.mail.dkim import published
from crm.campaign_sending import TIMER
from crm.campaigns import DONE, RUNNING, Campaign
from crm.deliveries import CLAIMED, REFUSED, SENT, Delivery
from crm.suppressions import Suppression
from hub.channels import Channels
from hub.clock import Clock, now
from hub.db import announce
from hub.timers import Due
from tests.connectors.mail.desk import Desk
from tests.crm.klarruta import Klarruta
from tests.crm.mailbox import Mailbox
from tests.crm.mailing_out import add_mailbox, begin, posted, write_campaign
from tests.eventually import eventually
from tests.servers import policy as policies
from tests.servers import sink as sinks
from tests.servers.dovecot import Dovecot
from tests.servers.policy import Policy
from tests.servers.postfix import Postfix
from tests.servers.sink import Sink

OFFICE = f"news{uuid4().hex[:8]}"  # what comes back to others is none of ours
HERE, ELSEWHERE = "example.org", "kund.example"


def some(name: str, number: int, domain: str = ELSEWHERE) -> list[str]:
    """Give so many addresses of one kind."""
    return [f"{name}-{each}@{domain}" for each in range(number)]


INBOXES, GREY, SLOW, LATE = (
    some("inbox", 20, HERE),
    some("grey", 20, "grey.example"),
    some("slow", 10),
    some("late", 6),
)
UNKNOWN_HERE, FULL = some("unknown", 4, HERE), some("full", 4, HERE)
UNKNOWN, REFUSED_BY_THEM = some("unknown", 5), some("refused", 4)
GOOD = some("kund", 127)
EVERYBODY = [*INBOXES, *GREY, *SLOW, *LATE, *UNKNOWN_HERE, *FULL, *UNKNOWN, *REFUSED_BY_THEM, *GOOD]
# Who comes back, with what is said of him.
COMES_BACK = (
    dict.fromkeys(UNKNOWN_HERE, ("5.1.1", "User unknown")) | dict.fromkeys(FULL, ("5.2.2", "Quota exceeded"))
    | dict.fromkeys(UNKNOWN, ("5.1.1", "No such user")) | dict.fromkeys(REFUSED_BY_THEM, ("5.7.1", "Not from you"))
)  # fmt: skip


@pytest.fixture
async def outside(postfix: Postfix) -> AsyncIterator[Sink]:
    """Give the world to which Postfix passes letters on; it knows some not, and wants nothing of us for others."""
    async with sinks.sink(postfix.sink_port) as made:
        made.says |= dict.fromkeys(UNKNOWN, "550 5.1.1 No such user")
        made.says |= dict.fromkeys(REFUSED_BY_THEM, "554 5.7.1 Not from you")
        made.says |= dict.fromkeys(LATE, "451 4.3.2 Not now")
        yield made


@pytest.fixture
async def policy(postfix: Postfix) -> AsyncIterator[Policy]:
    """Give whom Postfix asks about recipients."""
    async with policies.policy(postfix.policy_port) as made:
        yield made


@pytest.fixture
async def desk(dovecot: Dovecot) -> AsyncIterator[Desk]:
    """Give the mailbox to which reports come back."""
    made = Desk(dovecot, OFFICE)
    yield made
    await made.close()


@pytest.mark.parametrize(
    "store", ["sqlite"], indirect=True
)  # what is said here, each store is asked elsewhere
async def test_what_becomes_of_each_of_two_hundred_is_known(
    firm: Klarruta, postfix: Postfix, outside: Sink, policy: Policy, desk: Desk, clock: Clock, tmp_path: Path
) -> None:
    assert len(set(EVERYBODY)) == 200
    key = key_in(tmp_path)
    campaign_id, channel_id = await firm.do(write, postfix.asking_port, key)
    reports = Reports(firm, desk, channel_id)
    async with posted(firm.db, tmp_path / "logs"):
        await firm.do(begin, campaign_id)
        await eventually(lambda: policy.asked.keys() == set(EVERYBODY), 60)
        await reports.come(len(FULL) + len(UNKNOWN) + len(REFUSED_BY_THEM) + len(LATE))
        told = await firm.db.read(fates)
        assert {each for each, row in told.items() if row.code == "4.3.2" and not row.bounced_at} == set(LATE)
        for address in LATE:
            del outside.says[address]

        async def none_is_in_hand() -> bool:
            return all(each.state != CLAIMED for each in (await firm.db.read(fates)).values())

        await eventually(none_is_in_hand, 60)
        clock.advance(minutes=6)  # who is greylisted is tried again then
        await firm.do(lambda session: announce(session, Due(TIMER, now())))

        async def is_over() -> bool:
            return await firm.db.read(is_done, campaign_id)

        await eventually(is_over, 60)
    arrive = {*GREY, *SLOW, *LATE, *GOOD}
    await eventually(lambda: len(outside.letters) >= len(arrive), 60)
    assert Counter(each.recipients[0] for each in outside.letters) == dict.fromkeys(arrive, 1)
    assert [each.recipients for each in outside.letters if not verifies(each.content, key)] == []
    for address in INBOXES:
        await eventually(partial(letters_of, desk, address), 30)
        assert len(await letters_of(desk, address)) == 1
    told = await firm.db.read(fates)
    returned = {address: (row.code, row.why) for address, row in told.items() if row.bounced_at}
    assert returned.keys() == COMES_BACK.keys()
    for address, (code, why) in returned.items():
        status, words = COMES_BACK[address]
        assert (code, words in why) == (status, True), (address, code, why)
    assert {each for each, row in told.items() if row.state == REFUSED} == set(UNKNOWN_HERE)
    assert Counter(row.state for row in told.values()) == {SENT: 196, REFUSED: 4}
    barred = await firm.db.read(lambda session: session.scalars(select(Suppression.value)).all())
    assert sorted(barred) == sorted((*UNKNOWN, *UNKNOWN_HERE))


class Reports:
    """What comes back to the mailbox, taken as the hub takes it."""

    def __init__(self, firm: Klarruta, desk: Desk, channel_id: int) -> None:
        """Know where it comes to."""
        self._mailbox, self._desk, self._channel_id = Mailbox(firm), desk, channel_id

    async def come(self, number: int) -> None:
        """Wait until so many have come, and take them."""
        channels = Channels(self._mailbox.db)
        await channels.load()
        self._mailbox.channels[self._channel_id] = channels.get(self._channel_id)
        box = await self._desk.inbox()
        taken = 0

        async def all_taken() -> bool:
            nonlocal taken
            async for each in box.letters(await box.uids_above(taken)):
                taken = each.uid
                await self._mailbox.gets(each.raw, self._channel_id)
            return taken >= number

        await eventually(all_taken, 60)


def write(session: Session, port: int, key: Path) -> tuple[int, int]:
    """Write a campaign to everybody; give its number and its mailbox's."""
    signs = {"dkim_selector": "ringback", "dkim_key_file": str(key)}
    channel = add_mailbox(session, port, address=f"{OFFICE}@{HERE}", **signs)
    return write_campaign(session, EVERYBODY).id, channel.id


def is_done(session: Session, campaign_id: int) -> bool:
    """Tell whether it is over; it must not stop by itself."""
    campaign = session.get_one(Campaign, campaign_id)
    assert campaign.state in {RUNNING, DONE}, campaign.paused_why
    return campaign.state == DONE


def fates(session: Session) -> dict[str, Delivery]:
    """Give every copy, by its address."""
    return {each.address: each for each in session.scalars(select(Delivery))}


async def letters_of(desk: Desk, address: str) -> list[bytes]:
    """Give what stands in a mailbox of the same server."""
    box = await Desk(desk.server, address.partition("@")[0]).inbox()
    try:
        return [each.raw async for each in box.letters(await box.uids_above(0))]
    finally:
        box.close()


def key_in(folder: Path) -> Path:
    """Make a key to sign with."""
    made = generate_private_key(65537, 2048)
    (folder / "key").write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return folder / "key"


def verifies(content: bytes, key: Path) -> bool:
    """Ask a program of others, which looks up what is published."""

    def record(_name: bytes, timeout: int = 5) -> bytes:
        del timeout
        return published(key.read_bytes()).encode()

    verified: bool = dkim.verify(content.replace(b"\r\n..", b"\r\n."), dnsfunc=record)
    return verified
