"""Sums of calls (CDR) are read from a file or a table, and become the calls of which they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from connectors.asterisk.call_records import of_line
from connectors.asterisk.chronicle import Chronicle
from connectors.asterisk.entries import set_right
from connectors.asterisk.plan import Plan
from connectors.asterisk.retelling import derive, stories
from connectors.asterisk.settings import AsteriskSettings
from hub.connector import Unavailable, WrongSetting
from hub.events import CallState

BEGAN = 1_795_731_801  # 2026-11-26 22:23:21 UTC
PLAN = Plan(staff=r"PJSIP/(\d+)", country="SE")
TRUNK = "PJSIP/trunk-00000000"
# What Asterisk 22 wrote of a customer in a queue: two telephones rang, one was answered.
QUEUED = [
    ("PJSIP/101-00000001", "22:23:21", "22:23:31", "ANSWERED"),
    ("PJSIP/102-00000002", "22:23:21", "22:23:22", "NO ANSWER"),
]
FREEPBX = (
    "calldate DATETIME, clid TEXT, src TEXT, dst TEXT, dcontext TEXT, channel TEXT, dstchannel TEXT, lastapp TEXT, "
    "lastdata TEXT, duration INTEGER, billsec INTEGER, disposition TEXT, uniqueid TEXT, linkedid TEXT"
)


def line(
    other: str,
    began: str,
    ended: str,
    word: str,
    *,
    app: str = "Queue",
    more: str = ',"","","1795731801.0",3',
) -> str:
    """Write a sum as cdr_csv does."""
    day = "2026-11-26 "
    return (
        '"","+46701740605","+46846500400","from-trunk","""Kim"" <+46701740605>",'
        f'"{TRUNK}","{other}","{app}","sales,tT",'
        f'"{day}{began}","{day}{began}","{day}{ended}",10,10,"{word}","DOCUMENTATION","1795731801.0"{more}'
    )


def put(file: Path, lines: Iterable[str]) -> Chronicle:
    """Have the PBX write a file."""
    file.write_text("".join(f"{each}\n" for each in lines), encoding="utf-8")
    return Chronicle(str(file), form="cdr")


async def calls(chronicle: Chronicle) -> list[CallState]:
    """Give the calls that it tells of."""
    read = await chronicle.read(BEGAN - 60)
    told = stories(set_right(read.entries))
    return [call for story in told for call in derive(story, PLAN, BEGAN + 3_600.0)]


async def test_a_call_is_made_of_its_sums(tmp_path: Path) -> None:
    (call,) = await calls(put(tmp_path / "Master.csv", [line(*each) for each in QUEUED]))
    assert (call.key, call.direction, call.customer, call.name) == (
        "1795731801.0",
        "inbound",
        "+46701740605",
        "Kim",
    )
    assert (call.outcome, set(call.rang), call.queue) == ("answered", {"101", "102"}, "sales")
    assert [(talk.extension, talk.seconds) for talk in call.talks] == [("101", 10.0)]
    assert (call.started_at.timestamp(), call.ended_at and call.ended_at.timestamp()) == (BEGAN, BEGAN + 10)


async def test_a_clock_on_a_wall_far_away_is_set_right(tmp_path: Path) -> None:
    (call,) = await calls(
        put(tmp_path / "Master.csv", [line("PJSIP/101-1", "19:23:21", "19:23:31", "ANSWERED")])
    )
    assert call.started_at.timestamp() == BEGAN


async def test_who_was_never_answered_was_missed(tmp_path: Path) -> None:
    (call,) = await calls(
        put(tmp_path / "Master.csv", [line("PJSIP/101-1", "22:23:21", "22:23:31", "NO ANSWER")])
    )
    assert (call.outcome, call.ended_by, call.talks) == ("abandoned", "customer", ())
    dialled = line("PJSIP/101-1", "22:23:21", "22:23:31", "BUSY", app="Dial")
    (call,) = await calls(put(tmp_path / "Master.csv", [dialled]))
    assert call.outcome == "busy"


@pytest.mark.parametrize("more", ["", ',"field"', ',"","",3', ',"field","","",3'])
async def test_whatever_columns_are_switched_on(tmp_path: Path, more: str) -> None:
    (call,) = await calls(put(tmp_path / "Master.csv", [line(*QUEUED[0], more=more)]))
    assert call.key == "1795731801.0"


@pytest.mark.parametrize(
    "text", ["", ",", "x" * 5_000, '"' * 21, line(*QUEUED[0]).replace("2026-11-26", "soon"), "," * 20]
)
async def test_what_is_no_sum_is_counted_and_left_out(tmp_path: Path, text: str) -> None:
    assert of_line(text) is None
    read = await put(tmp_path / "Master.csv", [line(*QUEUED[0]), text or "?"]).read(BEGAN - 60)
    assert (read.unreadable, len({entry.call for entry in read.entries})) == (1, 1)


async def test_freepbx_keeps_them_in_a_table(tmp_path: Path) -> None:
    place = tmp_path / "cdr.db"
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute(f"CREATE TABLE cdr ({FREEPBX})")
        for other, began, ended, word in QUEUED:
            lasted = int(ended[-2:]) - int(began[-2:])
            connection.execute(
                "INSERT INTO cdr VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (f"2026-11-26 {began}", '"Kim" <+46701740605>', "+46701740605", "400", "ext-queues", TRUNK, other,
                 "Queue", "sales,t", lasted, lasted, word, "1795731801.0", "1795731801.0"),
            )  # fmt: skip
    (call,) = await calls(Chronicle(database=f"sqlite:///{place}", table="cdr", form="cdr"))
    assert (call.outcome, set(call.rang), [talk.seconds for talk in call.talks]) == (
        "answered",
        {"101", "102"},
        [10.0],
    )
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("ALTER TABLE cdr DROP COLUMN uniqueid")
    with pytest.raises(Unavailable, match="uniqueid"):
        await Chronicle(database=f"sqlite:///{place}", table="cdr", form="cdr").read(BEGAN)


def test_one_place_is_read() -> None:
    assert AsteriskSettings(cdr_file="/var/log/Master.csv").chronicle == Chronicle(
        "/var/log/Master.csv", "", "cdr", "cdr"
    )
    assert AsteriskSettings(cel_file="/var/log/cel.csv").chronicle == Chronicle("/var/log/cel.csv")
    with pytest.raises(WrongSetting) as wrong:
        AsteriskSettings(cel_file="/var/log/cel.csv", cdr_database="sqlite:////var/cdr.db")
    assert wrong.value.setting == "cdr_database"
    with pytest.raises(WrongSetting):
        AsteriskSettings(cdr_database="nowhere")
