"""The demonstration as a visitor meets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.hub.cli.conftest import Ringback, Serving


def test_the_company_moves_in_once(serving: Serving, ringback: Ringback) -> None:
    hub = serving("demo")
    people = ringback("user", "list").output
    assert "Elin Sandgren\tagent\tFront desk" in people
    assert len(ringback("journal", "list", "--limit", "1000").output.splitlines()) > 100
    assert hub.stop() == 0
    again = serving("demo")
    assert any("the password is always" in line for line in again.said)
    assert ringback("user", "list").output == people


def test_a_real_hubs_folder_is_left_alone(ringback: Ringback, data: object) -> None:
    assert data
    ringback("user", "add", "anna@real.example")
    done = ringback("demo", "--listen", "127.0.0.1:0")
    assert done.exit_code == 1
    assert "a real hub keeps its data here" in done.output
