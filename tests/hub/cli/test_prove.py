"""`ringback prove`: a mailbox and the journal are compared, and what is missing is fetched and said."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from hub import channel_marks
from hub.channels import find_channel
from hub.store import open_store
from tests.connectors.mail.desk import letter
from tests.servers.dovecot import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hub.cli.conftest import Ringback
    from tests.servers.dovecot import Dovecot

pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def user(dovecot: Dovecot) -> str:
    """Give a user of the mail server who has three letters."""
    name = f"u{uuid4().hex[:8]}"
    dovecot.deliver(name, *(letter(f"No. {number}") for number in range(3)))
    return name


@pytest.fixture
def mailbox(ringback: Ringback, dovecot: Dovecot, user: str, tmp_path: Path) -> str:
    """Give the name of a channel that reads this user's letters, and has read them all but kept none."""
    settings = tmp_path / "post.toml"
    since = (date.today() - timedelta(days=1)).isoformat()  # noqa: DTZ011 - the server's own
    settings.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in {
        "imap_host": "127.0.0.1", "imap_port": dovecot.port, "imap_tls": "none", "user": user, "password": PASSWORD,
        "read_from": since,
    }.items()))  # fmt: skip
    ringback("channel", "add", "post", "--kind", "mail", "--settings", settings)
    return "post"


def test_what_is_missing_is_fetched_and_said(
    ringback: Ringback, data: Path, mailbox: str, dovecot: Dovecot, user: str
) -> None:
    _has_read(data, mailbox, f"{_validity(dovecot, user)} 3")
    done = ringback("prove")
    assert not done.stderr
    assert (done.exit_code, _without_day(done.stdout)) == (1, "post\t3\t3\n")
    again = ringback("prove", "post")
    assert (again.exit_code, _without_day(again.stdout)) == (0, "post\t3\t0\n")
    assert ringback("journal", "list", "--channel", "post").stdout.count("waiting") == 3


def test_a_mailbox_that_cannot_be_reached_is_said(ringback: Ringback, data: Path, mailbox: str) -> None:
    _has_read(data, mailbox, "1 1")
    ringback("channel", "set", mailbox, "imap_port=1")
    done = ringback("prove")
    assert done.exit_code == 1
    assert "post: The mail server at 127.0.0.1:1 does not answer." in done.output


def test_a_channel_that_cannot_be_compared_is_said(ringback: Ringback) -> None:
    done = ringback("prove", "website")
    assert done.exit_code == 1
    assert "“website” is no channel that can be compared; there are: none" in done.output


def test_a_mailbox_of_which_nothing_was_read_is_said(ringback: Ringback, mailbox: str) -> None:
    done = ringback("prove", mailbox)
    assert done.exit_code == 1
    assert "post: Nobody has begun to read this mailbox." in done.output


def _has_read(data: Path, mailbox: str, mark: str) -> None:
    """Have a listener have read the inbox so far, and kept nothing."""
    since = date.today() - timedelta(days=1)  # noqa: DTZ011 - the server's own

    async def read() -> None:
        async with open_store(data) as db:
            number = await db.read(lambda session: find_channel(session, mailbox).id)
            user = await db.read(lambda session: find_channel(session, mailbox).settings["user"])
            await db.write(channel_marks.put, number, f"{user}@127.0.0.1 INBOX", f"{mark} {since}")

    asyncio.run(read())


def _validity(dovecot: Dovecot, user: str) -> int:
    uids = (dovecot.folder / "mail" / user / "dovecot-uidlist").read_text()
    found = re.search(r"V(\d+)", uids)
    assert found
    return int(found[1])


def _without_day(words: str) -> str:
    """Take out the server's own day; midnight may have come since the letters."""
    told = words.split("\t")
    today = date.today()  # noqa: DTZ011 - as it has it
    assert told.pop(1) in {str(today), str(today - timedelta(days=1))}
    return "\t".join(told)
