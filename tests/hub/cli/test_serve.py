"""A hub in a process of its own, and the other commands as its guests."""

from __future__ import annotations

import socket
import sqlite3
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from tests.hub.cli.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hub.cli.conftest import Ringback, Serving

ANNA = urlencode({"name": "Anna Berg", "phone": "070-174 06 05", "message": "Two windows"}).encode()


def post(address: str, body: bytes) -> int:
    """Send a form and give the status of the answer."""
    with urllib.request.urlopen(address, body, timeout=10) as answer:  # noqa: S310 - our own hub
        return int(answer.status)


def count(data: Path, table: str) -> int:
    """Count rows, as another program would that looks at the file."""
    with sqlite3.connect(f"file:{data / 'ringback.db'}?mode=ro", uri=True) as connection:
        found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - our own words
    connection.close()
    return int(found[0])


def wait_for(ringback: Ringback, words: str) -> None:
    """Wait until the journal says this."""
    until(lambda: words in ringback("journal", "list").output)


def test_the_first_start_says_where_everything_is(serving: Serving) -> None:
    hub = serving("serve")
    for address in (hub.address, hub.said["First admin"], hub.said["Order form"]):
        with urllib.request.urlopen(address, timeout=10) as page:  # noqa: S310 - our own hub
            assert page.status == 200
    assert hub.stop() == 0


def test_a_company_of_ones_own_fills_an_empty_store(
    serving: Serving, ringback: Ringback, tmp_path: Path
) -> None:
    company = tmp_path / "company.toml"
    channel = '[[channels]]\nname = "orders"\ntitle = "Orders"\nkind = "form"\n'
    company.write_text(
        f'name = "Glasett"\ncountry = "FI"\nzone = "Europe/Helsinki"\n{channel}', encoding="utf-8"
    )
    serving("serve", "--company", str(company))
    assert ringback("channel", "list").output.startswith("orders\tform")


def test_guests_work_beside_a_running_hub(serving: Serving, ringback: Ringback, empty: Path) -> None:
    hub = serving("serve")
    path = ringback("channel", "url", "website").output.strip()
    assert post(f"{hub.address}{path}", ANNA) == 200
    wait_for(ringback, "Anna Berg, task")
    assert hub.address in ringback("user", "add", "elin@klarruta.example").output
    assert ringback("channel", "test", "website").exit_code == 0
    assert count(empty, "tasks") == 1


def test_changed_settings_are_taken_up_while_the_hub_runs(serving: Serving, ringback: Ringback) -> None:
    form = serving("serve").said["Order form"]

    def shown() -> str:
        with urllib.request.urlopen(form, timeout=10) as page:  # noqa: S310 - our own hub
            return str(page.read().decode())

    assert "Windows for spring" not in shown()
    ringback("channel", "set", "website", "title=Windows for spring")
    until(lambda: "Windows for spring" in shown())


def test_what_is_replayed_makes_no_second_card(serving: Serving, ringback: Ringback, empty: Path) -> None:
    hub = serving("serve")
    path = ringback("channel", "url", "website").output.strip()
    post(f"{hub.address}{path}", ANNA)
    post(f"{hub.address}{path}", ANNA)
    wait_for(ringback, "the same request, sent again")
    assert ringback("journal", "replay", "--channel", "website", "--since", "2020-01-01").output.startswith(
        "2 to be"
    )
    until(lambda: "waiting" not in ringback("journal", "list").output)
    assert (count(empty, "contacts"), count(empty, "tasks"), count(empty, "interactions")) == (1, 1, 1)


def test_a_second_hub_on_the_same_data_is_refused(serving: Serving, ringback: Ringback) -> None:
    serving("serve")
    done = ringback("serve", "--listen", "127.0.0.1:0")
    assert done.exit_code == 1
    assert "another hub is running on" in done.output


@pytest.mark.usefixtures("data")
def test_a_port_that_is_taken_is_told(ringback: Ringback) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = ringback("serve", "--listen", f"127.0.0.1:{other.getsockname()[1]}")
    assert done.exit_code == 1
    assert "another program listens there; choose another port with --listen" in done.output


@pytest.mark.usefixtures("data")
def test_a_store_of_a_newer_ringback_is_refused(ringback: Ringback, empty: Path) -> None:
    with sqlite3.connect(empty / "ringback.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    done = ringback("serve", "--listen", "127.0.0.1:0")
    assert done.exit_code == 1
    assert "the store is of a newer Ringback (schema 9999)" in done.output


@pytest.mark.parametrize("listen", ["8080", "localhost", ":8080", "localhost:99999"])
def test_an_address_that_is_none_is_told(ringback: Ringback, listen: str) -> None:
    done = ringback("serve", "--listen", listen)
    assert done.exit_code == 2
    assert "write it like 127.0.0.1:8080" in done.output


def test_a_mistake_in_the_settings_stops_the_start(ringback: Ringback, empty: Path, tmp_path: Path) -> None:
    config = tmp_path / "ringback.toml"
    config.write_text('log_level = "chatty"\n', encoding="utf-8")
    done = ringback("serve", "--config", config)
    assert done.exit_code == 1
    assert f"{config}: log_level: invalid enum value 'chatty'" in done.output
    assert not empty.exists()
