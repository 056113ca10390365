"""What a PBX wrote down is read from its end, whatever lies there: a file or a table, torn, huge or not there."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, text

from connectors.asterisk import chronicle_file, reading
from connectors.asterisk.chronicle import Chronicle
from connectors.asterisk.entries import IN_A_LINE, Entry, of_line, set_right
from connectors.asterisk.plan import Plan
from connectors.asterisk.reading import Read
from connectors.asterisk.retelling import derive, stories
from connectors.asterisk.settings import AsteriskSettings
from hub.connector import Unavailable
from hub.events import CallState
from hub.postgres import PostgresDatabase
from tests.conftest import make_schema
from tests.servers.ports import free_port
from tests.servers.postgres import Postgres

BEGAN = 1_795_682_070
PLAN = Plan(staff=r"PJSIP/(\d+)", country="SE")
CUSTOMER = "+46701740605"


def entry(kind: str, after: float, leg: str = "trunk", call: int = 0, **more: str) -> dict[str, str]:
    """Give what is written of a leg, so many seconds after its call began."""
    number = f"{BEGAN + 100 * call}"
    trunk = leg == "trunk"
    row = {
        "eventtype": kind, "eventtime": f"{BEGAN + 100 * call + after:.6f}", "cid_num": CUSTOMER if trunk else leg,
        "exten": "+46846500400" if trunk else "s", "channame": f"PJSIP/{leg}-{call:08x}",
        "uniqueid": f"{number}.{0 if trunk else int(leg)}", "linkedid": f"{number}.0",
    }  # fmt: skip
    return {**row, **more}


def answered(call: int = 0) -> list[dict[str, str]]:
    """Give all that is written of a call that 101 answered after two seconds, for three."""
    bridge = json.dumps({"bridge_id": "b"})
    end = json.dumps({"hangupcause": 16, "hangupsource": f"PJSIP/trunk-{call:08x}"})
    return [
        entry("CHAN_START", 0, call=call), entry("CHAN_START", 0.1, "101", call),
        entry("ANSWER", 2, "101", call, appname="AppDial"), entry("BRIDGE_ENTER", 2, "101", call, extra=bridge),
        entry("BRIDGE_ENTER", 2, call=call, extra=bridge), entry("HANGUP", 5, "101", call, extra=end),
        entry("HANGUP", 5, call=call, extra=end), entry("LINKEDID_END", 5, call=call),
    ]  # fmt: skip


def line(row: dict[str, str]) -> bytes:
    """Write an entry as cel_custom does."""
    values = (row.get(name, "").replace('"', '""') if name else "" for name in IN_A_LINE)
    return ",".join(f'"{value}"' for value in values).encode() + b"\n"


def lines(rows: Iterable[dict[str, str]]) -> bytes:
    return b"".join(map(line, rows))


def put(file: Path, *parts: bytes) -> None:
    """Have the PBX write a file."""
    file.write_bytes(b"".join(parts))


def calls(read: Read[Entry]) -> list[CallState]:
    """Give the calls that were read."""
    found = stories(set_right(read.entries))
    return [call for story in found for call in derive(story, PLAN, BEGAN + 10_000.0)]


def are_right(read: Read[Entry], number: int = 1) -> bool:
    """Tell whether so many calls were read, each as it was."""
    told = [(call.outcome, call.customer, [(talk.extension, talk.seconds) for talk in call.talks], call.ended_by)
            for call in calls(read)]  # fmt: skip
    return told == [("answered", CUSTOMER, [("101", 3.0)], "customer")] * number


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give where the PBX writes."""
    return tmp_path / "ringback.csv"


async def test_it_is_read_back_to_a_moment_and_no_further(file: Path) -> None:
    put(file, lines(row for call in range(50) for row in answered(call)))
    read = await Chronicle(str(file)).read(BEGAN + 4000)
    assert are_right(read, 10)
    assert (read.unreadable, read.is_whole) == (0, True)


JUNK = {
    "a torn last line": lambda good: good + line(entry("CHAN_START", 60))[:70],
    "a torn line in quotation marks": lambda good: good + b'"HANGUP","17',
    "a line of ten megabytes": lambda good: good + b'"' + b"x" * 10_000_000 + b'"\n' + lines(answered(1)),
    "ten megabytes without an end": lambda good: good + b"\n" + b'"' * 10_000_000,
    "zeros": lambda good: good + b"\0" * 100_000 + b"\n",
    "no text at all": lambda good: bytes(range(256)) * 100 + b"\n" + good,
    "numbers that are none": lambda good: good + line(entry("HANGUP", 1, eventtime="1e999", extra="{")),
    "times that never were": lambda good: good + line(entry("HANGUP", 1, eventtime="9999-99-99")),
    "too few fields": lambda good: b"a,b\n,,,\n" + good,
}


@pytest.mark.parametrize("what", JUNK)
async def test_junk_costs_nothing_but_itself(file: Path, what: str) -> None:
    put(file, JUNK[what](lines(answered())))
    read = await Chronicle(str(file)).read(BEGAN)
    assert are_right(read, 2 if "a line of ten" in what else 1)
    assert read.unreadable > 0


async def test_names_in_latin_1_and_what_is_no_json_are_read_too(file: Path) -> None:
    rows = answered()
    rows[0]["cid_name"] = "Åsa Öberg\t<b>"
    rows[2]["extra"] = '{"a":' + "[" * 1500
    rows[5]["extra"] = '{"hangupcause": "six\x00teen"'
    put(file, lines(rows).decode().encode("latin-1"))
    (call,) = calls(await Chronicle(str(file)).read(BEGAN))
    assert (call.name, call.outcome) == ("Åsa Öberg <b>", "answered")


async def test_a_file_that_was_turned_goes_on_in_the_one_before(file: Path) -> None:
    rows = answered(1)
    put(file.with_name("ringback.csv.1"), lines([*answered(0), *rows[:3]]))
    put(file, lines(rows[3:]))
    assert are_right(await Chronicle(str(file)).read(BEGAN), 2)


async def test_too_much_is_read_from_the_end_and_that_is_said(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(file, lines(row for call in range(50) for row in answered(call)))
    monkeypatch.setattr(reading, "MOST_ENTRIES", 20)
    read = await Chronicle(str(file)).read(BEGAN)
    assert (len(calls(read)), read.is_whole) == (2, False)
    monkeypatch.undo()
    monkeypatch.setattr(chronicle_file, "MOST_BYTES", 20_000)
    read = await Chronicle(str(file)).read(BEGAN)
    assert 5 < len(calls(read)) < 20
    assert not read.is_whole


async def test_a_file_that_is_not_there_is_said_in_words(file: Path) -> None:
    with pytest.raises(Unavailable, match=r"ringback\.csv is not there"):
        await Chronicle(str(file)).read(BEGAN)
    with pytest.raises(Unavailable, match="is not there"):
        await Chronicle(str(file.parent)).read(BEGAN)


def test_a_call_whose_talk_nobody_wrote_down_is_not_taken_for_one_in_vain() -> None:
    rows = [row for row in answered() if row["eventtype"] != "BRIDGE_ENTER"]
    written = [of_line(line(row).decode().strip()) for row in rows]
    entries = [each.what for each in written if each]
    assert derive(entries, PLAN, BEGAN + 60.0) == []


def test_what_is_not_over_in_the_records_ended_nobody_knows_how() -> None:
    written = [of_line(line(row).decode().strip()) for row in answered()[:5]]
    (call,) = derive([each.what for each in written if each], PLAN, BEGAN + 60.0)
    assert (call.outcome, call.gap, [talk.seconds for talk in call.talks]) == ("unknown", 58.0, [0.0])


COLUMNS = [name for name in IN_A_LINE if name]
INSERT = f"INSERT INTO cel ({', '.join(COLUMNS)}) VALUES (:{', :'.join(COLUMNS)})"  # noqa: S608 - names of ours
TIMES = {
    "text": lambda at: f"{at:.6f}",
    "timestamptz": lambda at: datetime.fromtimestamp(at, timezone(timedelta(hours=-3))),
    "timestamp": lambda at: datetime.fromtimestamp(at, UTC).replace(tzinfo=None) + timedelta(hours=2),
    "double precision": lambda at: at,
}


@pytest.fixture
async def company(postgres: Postgres) -> AsyncIterator[str]:
    """Give the address of a database of the PBX."""
    async with postgres.database(make_schema) as url:
        yield url


def insert(connection: Connection, rows: Sequence[dict[str, str]], time: str) -> None:
    """Keep entries in a table whose times are of this kind."""
    columns = ", ".join(f"{name} {time if name == 'eventtime' else 'text'}" for name in COLUMNS)
    connection.execute(text(f"CREATE TABLE cel (id serial PRIMARY KEY, {columns})"))
    into = text(INSERT)
    for row in rows:
        at = TIMES[time](float(row["eventtime"]))
        connection.execute(into, {**dict.fromkeys(COLUMNS, ""), **row, "eventtime": at})


@pytest.mark.parametrize("time", TIMES)
async def test_a_table_of_postgresql_is_read_however_it_writes_times(company: str, time: str) -> None:
    db = PostgresDatabase(company)
    await db.migrate(lambda connection: insert(connection, [*answered(0), *answered(1)], time))
    await db.close()
    read = await Chronicle(database=company).read(BEGAN)
    assert are_right(read, 2)
    assert [call.started_at.timestamp() for call in calls(read)] == [BEGAN, BEGAN + 100]
    with pytest.raises(Unavailable, match="no table “cdr”"):
        await Chronicle(database=company, table="cdr").read(BEGAN)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Give a database as cel_sqlite3_custom makes it, with times of its wall in whole seconds."""
    place = tmp_path / "cel.db"
    with closing(sqlite3.connect(place)) as made:
        made.execute(f"CREATE TABLE cel (AcctId INTEGER PRIMARY KEY, {','.join(COLUMNS)})")
        for row in answered():
            at = datetime.fromtimestamp(int(float(row["eventtime"])) - 5 * 3600, UTC)
            values = {**dict.fromkeys(COLUMNS, ""), **row, "eventtime": f"{at:%Y-%m-%d %H:%M:%S}"}
            made.execute(INSERT, values)
        made.commit()
    return place


async def test_a_table_of_sqlite_is_read_and_left_alone(table: Path) -> None:
    assert are_right(await Chronicle(database=f"sqlite:///{table}").read(BEGAN))
    assert [each.name for each in table.parent.iterdir()] == ["cel.db"]


UNREACHABLE = {
    "sqlite:////no/such/file.db": "file.db is not there",
    "postgresql://asterisk:hush@127.0.0.1:{port}/asterisk": "The database with the PBX's records:",
    "mysql+pymysql://asterisk:hush@127.0.0.1/asterisk": "No driver for “mysql\\+pymysql” is installed",
    "klingon://127.0.0.1/asterisk": "No driver for “klingon” is installed",
}


@pytest.mark.parametrize("address", UNREACHABLE)
async def test_a_database_that_is_out_of_reach_is_said_in_words_without_the_secret(address: str) -> None:
    with pytest.raises(Unavailable, match=UNREACHABLE[address]) as told:
        await Chronicle(database=address.format(port=free_port())).read(BEGAN)
    assert "hush" not in str(told.value)


async def test_a_name_in_latin_1_is_read_from_sqlite_too(table: Path) -> None:
    with closing(sqlite3.connect(table)) as made:
        made.execute("UPDATE cel SET cid_name = CAST(x'C5736120' AS TEXT) WHERE eventtype = 'CHAN_START'")
        made.commit()
    (call,) = calls(await Chronicle(database=f"sqlite:///{table}").read(BEGAN))
    assert call.name == "Åsa"


async def test_what_is_no_database_and_a_table_without_what_is_needed_are_said(tmp_path: Path) -> None:
    place = tmp_path / "cel.db"
    put(place, b"no database" * 1000)
    with pytest.raises(Unavailable, match="not a database"):
        await Chronicle(database=f"sqlite:///{place}").read(BEGAN)
    place = tmp_path / "other.db"
    with closing(sqlite3.connect(place)) as made:
        made.execute("CREATE TABLE cel (eventtype, eventtime)")
    with pytest.raises(Unavailable, match="no column"):
        await Chronicle(database=f"sqlite:///{place}").read(BEGAN)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"cel_file": "/x", "cel_database": "sqlite:////x"}, "a file or a database"),
        ({"cel_database": "pbx.example"}, "address like postgresql"),
        ({"cel_database": "postgresql://a:hush@h:port/x"}, "address like postgresql"),
    ],
)
def test_settings_that_can_never_work_are_refused(settings: dict[str, str], words: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=words) as told:
        msgspec.convert(settings, AsteriskSettings)
    assert "hush" not in str(told.value)
