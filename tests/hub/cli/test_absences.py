"""Who is away, said and seen from the command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from hub.clock import clock

if TYPE_CHECKING:
    from tests.hub.cli.conftest import Ringback

JOHAN = "johan@klarruta.example"
SOFIA = "sofia@klarruta.example"


@pytest.fixture(autouse=True)
def _staff(data: object, ringback: Ringback, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have Johan and Sofia work here, and the time be right again afterwards."""
    assert data
    monkeypatch.setattr(clock, "shift", clock.shift)
    ringback("user", "add", JOHAN, "--name", "Johan Lindh")
    ringback("user", "add", SOFIA, "--name", "Sofia Hjelm")


def away(ringback: Ringback, name: str) -> str:
    """Give what the list says of somebody's absence."""
    lines = ringback("user", "list").output.splitlines()
    return next(line.split("\t")[6] for line in lines if f"\t{name}\t" in line)


def test_who_goes_away_is_listed_until_he_is_back(ringback: Ringback) -> None:
    said = ringback("user", "away", JOHAN, "--until", "2099-01-04", "--why", "Holidays", "--instead", SOFIA)
    assert re.fullmatch(r"Johan Lindh is away from [-\d]+ [:\d]+ until 2099-01-04 00:00\.\n", said.output)
    assert away(ringback, "Johan Lindh") == "until 2099-01-04 00:00 (Holidays)"
    assert away(ringback, "Sofia Hjelm") == ""
    assert ringback("user", "back", JOHAN).output == "Johan Lindh is back.\n"
    assert away(ringback, "Johan Lindh") == ""


def test_an_absence_begins_and_ends_by_itself(ringback: Ringback) -> None:
    begin, end = (f"{clock.now().year + years}-06-01" for years in (2, 4))
    ringback("user", "away", JOHAN, "--from", begin, "--until", end)
    assert away(ringback, "Johan Lindh") == ""
    clock.advance(days=3 * 365)
    assert away(ringback, "Johan Lindh") == f"until {end} 00:00"
    clock.advance(days=2 * 366)
    assert away(ringback, "Johan Lindh") == ""


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("2098-12-24", "2098-12-24 00:00"),
        ("2098-12-24 08:00", "2098-12-24 08:00"),
        ("2098-12-24T08:00Z", "2098-12-24 09:00"),
        ("2098-12-24T08:00-05:00", "2098-12-24 14:00"),
    ],
)
def test_a_moment_is_by_the_companys_clock_unless_it_says_otherwise(
    ringback: Ringback, typed: str, shown: str
) -> None:
    said = ringback("user", "away", JOHAN, "--from", typed, "--until", "2099-01-04")
    assert said.output == f"Johan Lindh is away from {shown} until 2099-01-04 00:00.\n"


def test_of_several_absences_the_longest_is_shown_and_all_are_ended(ringback: Ringback) -> None:
    for end in ("2099-01-04", "2099-03-01", "2099-02-01"):
        ringback("user", "away", JOHAN, "--until", end)
    assert away(ringback, "Johan Lindh") == "until 2099-03-01 00:00"
    ringback("user", "back", JOHAN)
    assert away(ringback, "Johan Lindh") == ""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("away", JOHAN, "--until", "2020-01-01"), "an absence ends after it begins"),
        (("away", JOHAN, "--from", "2099-01-04", "--until", "2099-01-04"), "an absence ends after it begins"),
        (("away", JOHAN, "--until", "2099-01-04", "--instead", JOHAN), "nobody stands in for himself"),
        (("away", JOHAN, "--until", "9999-12-31T23:30Z"), "nobody counts this far"),
        (("away", "nobody@klarruta.example", "--until", "2099-01-04"), "nobody here has the address"),
        (("away", JOHAN, "--until", "2099-01-04", "--instead", "no@k.example"), "the address no@k.example"),
        (("back", JOHAN), "Johan Lindh is not away"),
    ],
)
def test_what_cannot_be_is_told(ringback: Ringback, arguments: tuple[str, ...], told: str) -> None:
    done = ringback("user", *arguments)
    assert done.exit_code == 1
    assert told in done.output
    assert away(ringback, "Johan Lindh") == ""


def test_what_is_no_date_is_told(ringback: Ringback) -> None:
    done = ringback("user", "away", JOHAN, "--until", "Christmas")
    assert done.exit_code == 2
    assert "“Christmas” is no date; write it like 2026-12-24" in done.output


def test_who_left_cannot_stand_in(ringback: Ringback) -> None:
    ringback("user", "disable", SOFIA)
    done = ringback("user", "away", JOHAN, "--until", "2099-01-04", "--instead", SOFIA)
    assert done.exit_code == 1
    assert "Sofia Hjelm has left" in done.output
