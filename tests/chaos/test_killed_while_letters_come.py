"""A hub is killed while letters come: each is one line on its sender's card and one task, however often it begins."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.contacts import Contact
from crm.conversations import Interaction
from crm.tasks import Task
from hub.store import open_store
from tests.eventually import eventually
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.ringback import Hub

KILLS = int(os.environ.get("KILLS", "6"))  # `make soak` kills more often
AT_ONCE = 8  # letters
USER = "office"
CAUGHT_UP = 60  # seconds


@pytest.mark.timeout(300 + 20 * KILLS)
async def test_every_letter_is_one_line_and_one_task(hub: Hub, dovecot: Dovecot, tmp_path: Path) -> None:
    hub.start()
    await hub.listening()
    settings = tmp_path / "post.toml"
    settings.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in {
        "imap_host": "127.0.0.1", "imap_port": dovecot.port, "imap_tls": "none", "user": USER, "password": PASSWORD,
        "address": "office@klarruta.example",
    }.items()))  # fmt: skip
    hub.tell("channel", "add", "post", "--kind", "mail", "--title", "Office", "--settings", str(settings))
    await eventually(lambda: _hears(hub), CAUGHT_UP)
    sent = 0
    for _ in range(KILLS):
        dovecot.deliver(USER, *map(_letter, range(sent, sent + AT_ONCE)))
        await eventually(lambda sent=sent: _came(hub, sent + 1), CAUGHT_UP)  # some are on their way
        hub.kill()
        dovecot.deliver(USER, _letter(sent + AT_ONCE))
        sent += AT_ONCE + 1
        hub.start()
        await hub.listening()
    await eventually(lambda: _came(hub, sent), CAUGHT_UP)
    async with open_store(hub.data) as db:
        lines, tasks = await db.read(_read)
    assert lines == Counter({f"customer-{number}@example.net": 1 for number in range(sent)})
    assert tasks == lines


def _letter(number: int) -> bytes:
    return (
        f"From: Customer {number} <customer-{number}@example.net>\r\nTo: office@klarruta.example\r\n"
        f"Message-ID: <{number}@example.net>\r\nSubject: Windows for house {number}\r\n\r\nWhat do they cost?\r\n"
    ).encode()


async def _hears(hub: Hub) -> bool:
    async with aiohttp.request("GET", f"{hub.address}/metrics") as answer:
        return "ringback_channels_heard 1" in await answer.text()


async def _came(hub: Hub, number: int) -> bool:
    async with open_store(hub.data) as db:
        lines, _tasks = await db.read(_read)
    return lines.total() >= number


def _read(session: Session) -> tuple[Counter[str], Counter[str]]:
    """Count the lines and the tasks of every sender of a letter."""
    named = select(Contact.name, Interaction.id).join(Contact, Contact.id == Interaction.contact_id)
    lines = Counter(name for name, _id in session.execute(named.where(Interaction.kind == "mail")))
    asked = select(Contact.name).join(Task, Task.contact_id == Contact.id).where(Task.kind == "mail")
    return _addresses(lines), _addresses(Counter(session.scalars(asked)))


def _addresses(names: Counter[str]) -> Counter[str]:
    return Counter(
        {f"{name.lower().replace(' ', '-')}@example.net": number for name, number in names.items()}
    )
