"""`ringback check` finds what would go wrong, before anything is started."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hub.cli.conftest import Ringback

COMPANY = """
name = "Klarruta"
country = "SE"
zone = "Europe/Stockholm"
[[departments]]
name = "Sales"
[[policies]]
name = "New request"
within = "15 min"
steps = [{ when = "at breach", tell = "head" }]
"""
CAMPAIGN = """INSERT INTO campaigns (id, name, state, key, sender_name, segments, without, frozen, counts_opens,
counts_clicks, paused_why, pace, made_at, handle)
VALUES (1, 'Spring', 'done', 'k', '', '[]', '[]', 1, 0, 0, '', '{}', '2026-11-27 10:00:00', 'mail')"""
COPY = """INSERT INTO deliveries (campaign_id, address, domain, variant, state, tries, dotted, code, why)
VALUES (1, 'a@kund.example', 'kund.example', 'A', 'sent', 1, 1, '', '')"""
MAILING_LIST = """INSERT INTO mailing_lists (id, name, about, words, language, confirms, public, made_at)
VALUES (1, 'News', '', 'News', 'en', 0, 0, '2026-11-27 10:00:00')"""
CONSENT = """INSERT INTO consents (list_id, kind, value, state, ground, source, place, words, address, at)
VALUES (1, 'mail', 'a@kund.example', 'given', 'consent', 'person', '', '', '', '2026-11-27 10:00:00')"""
PBX = '[[channels]]\nname = "pbx"\ntitle = "PBX"\nkind = "asterix"\n'


def written(tmp_path: Path, name: str, content: str) -> Path:
    """Write a file and say where it is."""
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return path


def test_a_bare_machine_is_ready(ringback: Ringback, empty: Path) -> None:
    done = ringback("check")
    assert done.exit_code == 0
    assert "✗" not in done.output
    assert f"{empty}: will be made" in done.output
    assert not empty.exists()


@pytest.mark.usefixtures("data")
def test_a_hub_that_is_set_up_is_ready(ringback: Ringback) -> None:
    done = ringback("check")
    assert done.exit_code == 0
    assert "✓ The database answers" in done.output
    assert "✓ Channel website: the connector form is here" in done.output
    assert "! Sales: has no head" in done.output


def test_a_typo_in_the_settings_is_told(ringback: Ringback, tmp_path: Path) -> None:
    done = ringback("check", "--config", written(tmp_path, "ringback.toml", "jornal_days = 3"))
    assert done.exit_code == 1
    assert "✗" in done.output
    assert "ringback.toml: jornal_days: this key is not known; did you mean “journal_days”?" in done.output


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        (
            'name = "Sales"',
            'nam = "Sales"',
            "departments[0].nam: this key is not known; did you mean “name”?",
        ),
        ("Europe/Stockholm", "Europe/Stokholm", 'did you mean "Europe/Stockholm"?'),
        ('within = "15 min"', 'within = "soon"', "policies “New request”: “soon” is no duration"),
        ('"15 min"', '"15 min"\ndepartments = ["Sails"]', "there is no department “Sails”; there are: Sales"),
        ('"Sales"', '"Sales"\nhours = { holidays = "XX" }', 'no public holidays are known for country "XX"'),
        ('"Sales"', '"Sales"\nhours = { week = {} }', "Sales: its calendar never opens"),
        ('"Sales"', '"Sales"\ndistribution = "luck"', "distribution is one of take, turn, load"),
        ("[[policies]]", f"{PBX}[[policies]]", "there is no connector “asterix”"),
    ],
)
def test_a_mistake_in_company_toml_is_told(
    ringback: Ringback, tmp_path: Path, right: str, wrong: str, told: str
) -> None:
    done = ringback("check", "--company", written(tmp_path, "company.toml", COMPANY.replace(right, wrong)))
    assert done.exit_code == 1
    assert told in done.output


def test_a_policy_that_tells_nobody_is_remarked_upon(ringback: Ringback, tmp_path: Path) -> None:
    company = COMPANY.replace('steps = [{ when = "at breach", tell = "head" }]', "")
    done = ringback("check", "--company", written(tmp_path, "company.toml", company))
    assert done.exit_code == 0
    assert "! Policy “New request” has no steps: nobody is told when it breaks" in done.output


def test_a_port_that_is_taken_is_told(ringback: Ringback) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        done = ringback("check", "--listen", address)
    assert done.exit_code == 1
    assert f"✗ --listen {address}: another program listens there" in done.output


def test_a_file_in_the_way_is_told(ringback: Ringback, empty: Path) -> None:
    empty.write_text("a shopping list", encoding="utf-8")
    done = ringback("check")
    assert done.exit_code == 1
    assert f"✗ {empty}: a file is in the way" in done.output


def test_a_database_that_does_not_answer_is_told(ringback: Ringback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGBACK_DATABASE", "postgresql://hub@127.0.0.1:1/ringback")
    done = ringback("check")
    assert done.exit_code == 1
    assert "✗ RINGBACK_DATABASE: no database answers at 127.0.0.1:1/ringback" in done.output


def test_a_file_that_is_no_database_is_told(ringback: Ringback, data: Path) -> None:
    (data / "ringback.db").write_bytes(b"a shopping list" * 1000)
    done = ringback("check")
    assert done.exit_code == 1
    assert "✗ the database in the data folder cannot be used: file is not a database" in done.output


def test_a_channel_that_the_other_side_refuses_is_told(ringback: Ringback, data: Path) -> None:
    with closing(sqlite3.connect(data / "ringback.db")) as store, store:
        store.execute(
            "UPDATE channels SET trouble = 'wrong password', trouble_at = made_at, refused_at = made_at"
        )
    done = ringback("check")
    assert done.exit_code == 1
    assert "✗ Channel website: the other side refuses it, so mend its settings: wrong password" in done.output


def test_numbers_of_a_campaign_that_are_wrong_are_told_and_counted_anew(
    ringback: Ringback, data: Path
) -> None:
    with closing(sqlite3.connect(data / "ringback.db")) as store, store:
        store.execute(CAMPAIGN)
        store.execute(COPY)
        store.execute("UPDATE copy_counts SET number = 7")
    done = ringback("check")
    assert done.exit_code == 1
    assert (
        "✗ Campaign “Spring”: its pages show other numbers than its copies make: ringback recount"
        in done.output
    )
    assert "1 campaigns and 0 lists were counted anew" in ringback("recount").output
    assert "Campaign" not in ringback("check").output


def test_a_number_of_a_list_that_is_wrong_is_told_and_counted_anew(ringback: Ringback, data: Path) -> None:
    with closing(sqlite3.connect(data / "ringback.db")) as store, store:
        store.execute(MAILING_LIST)
        store.execute(CONSENT)
        store.execute("UPDATE consent_counts SET number = 7")
    done = ringback("check")
    assert done.exit_code == 1
    told = "✗ Mailing list “News”: its page shows another number of people than its ledger holds: ringback recount"
    assert told in done.output
    assert "0 campaigns and 1 lists were counted anew" in ringback("recount").output
    assert "Mailing list" not in ringback("check").output
