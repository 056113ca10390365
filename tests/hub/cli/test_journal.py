"""The journal on the command line, without a hub that runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.orm import Session

from hub import journal, unproven
from hub.clock import now
from hub.connector import Raw
from hub.journal import IN_ROW, Outcome
from hub.store import blobs_of, open_store

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hub.cli.conftest import Ringback

ODD = b"name=Anna\x1b[2J\xff&message=hej"


@pytest.fixture
def items(data: Path) -> Path:
    """Give a data folder whose journal holds one item of each fate, and a large one."""

    async def go() -> None:
        async with open_store(data) as db:
            for key in ("waiting", "failed", "aside", "done"):
                raw = Raw(body=ODD, headers={"content-type": "text/plain"}, received_at=now())
                await journal.accept(db, blobs_of(data), 1, key, raw)
            await journal.accept(
                db, blobs_of(data), 1, "large", Raw(body=b"x" * IN_ROW * 2, headers={}, received_at=now())
            )
            await db.write(settle)

    def settle(session: Session) -> None:
        for _ in range(journal.ATTEMPTS):
            journal.fail(session, 2, "this is junk")
        journal.close(session, 3, Outcome("set aside", set_aside_why="An answer holds 3 links."))
        journal.close(session, 4, Outcome("Anna, task “Answer Anna”", "/contacts/1"))

    asyncio.run(go())
    return data


pytestmark = pytest.mark.usefixtures("items")


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("failed", "failed: this is junk"),
        ("set-aside", "set aside: An answer holds 3 links."),
        ("waiting", "waiting"),
    ],
)
def test_the_list_is_filtered(ringback: Ringback, wanted: str, shown: str) -> None:
    lines = ringback("journal", "list", "--filter", wanted).output.splitlines()
    assert lines[-1].endswith(f"website\t{shown}")
    assert len(lines) == (2 if wanted == "waiting" else 1)


def test_everything_is_listed_the_newest_first(ringback: Ringback) -> None:
    lines = ringback("journal", "list").output.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["5", "4", "3", "2", "1"]


def test_an_item_is_shown_with_its_headers_and_its_bytes(ringback: Ringback) -> None:
    shown = ringback("journal", "show", "4").stdout_bytes
    assert b"Became    Anna, task \xe2\x80\x9cAnswer Anna\xe2\x80\x9d (/contacts/1)" in shown
    assert b"content-type: text/plain" in shown
    assert shown.endswith(ODD)


def test_raw_bytes_come_exactly_as_they_came(ringback: Ringback) -> None:
    assert ringback("journal", "show", "1", "--raw").stdout_bytes == ODD
    assert ringback("journal", "show", "5", "--raw").stdout_bytes == b"x" * IN_ROW * 2


def test_what_failed_is_read_again(ringback: Ringback) -> None:
    assert ringback("journal", "retry", "2").exit_code == 0
    assert ringback("journal", "list", "--filter", "failed").output == ""


def test_what_was_set_aside_goes_on(ringback: Ringback) -> None:
    assert ringback("journal", "release", "3").exit_code == 0
    assert ringback("journal", "list", "--filter", "set-aside").output == ""


def test_a_replay_takes_what_is_done_and_what_failed(ringback: Ringback) -> None:
    done = ringback("journal", "replay", "--channel", "website", "--since", "2020-01-01")
    assert done.output.startswith("2 to be read again")
    assert len(ringback("journal", "list", "--filter", "waiting").output.splitlines()) == 4


def test_a_replay_leaves_what_came_before(ringback: Ringback) -> None:
    done = ringback("journal", "replay", "--channel", "website", "--since", "2099-01-01")
    assert done.output.startswith("0 to be read again")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show", "99"), "there is no item 99 in the journal"),
        (("retry", "4"), "item 4 is done"),
        (("retry", "3"), "item 3 was set aside"),
        (("release", "4"), "item 4 was not set aside"),
        (("list", "--channel", "web"), "there is no channel “web”; there are: website"),
        (("replay", "--channel", "web", "--since", "2026-01-01"), "there is no channel “web”"),
    ],
)
def test_what_cannot_be_is_told(ringback: Ringback, arguments: tuple[str, ...], told: str) -> None:
    done = ringback("journal", *arguments)
    assert done.exit_code == 1
    assert told in done.output


def test_one_that_cannot_be_retried_keeps_the_others_as_they_are(ringback: Ringback) -> None:
    ringback("journal", "retry", "2", "4")
    assert ringback("journal", "list", "--filter", "failed").output != ""


def test_what_is_proven_by_now_goes_on_and_the_rest_stays(ringback: Ringback, items: Path) -> None:
    async def go() -> None:
        async with open_store(items) as db:
            for key in ("old secret", "another"):
                headers = {"user-agent": "WPForms", "x-key": key}
                raw = Raw(body=b"name=Anna", headers=headers, received_at=now(), key=key)
                await unproven.keep(db, 1, raw, "It does not carry the secret.")

    asyncio.run(go())
    listed = ringback("journal", "list", "--filter", "unproven").output.splitlines()
    assert [line.split("\t")[-1] for line in listed] == ["set aside: It does not carry the secret."] * 2
    ringback("channel", "set", "website", "secret=new", "earlier_secret=old secret")
    assert (
        "1 proven and on the way, 1 not proven" in ringback("journal", "prove", "--channel", "website").output
    )
    assert len(ringback("journal", "list", "--filter", "unproven").output.splitlines()) == 1
