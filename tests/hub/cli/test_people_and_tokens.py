"""People and tokens, set up from the command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.hub.cli.conftest import Ringback

pytestmark = pytest.mark.usefixtures("data")


def test_who_is_added_gets_a_link(ringback: Ringback) -> None:
    done = ringback(
        "user", "add", "elin@klarruta.example", "--name", "Elin Sandgren", "--department", "Front desk"
    )
    assert re.fullmatch(r"http://127\.0\.0\.1:8080/welcome/[\w-]{32}\n", done.output)
    assert "Elin Sandgren\tagent\tFront desk" in ringback("user", "list").output


def test_a_new_link_can_be_had(ringback: Ringback) -> None:
    first = ringback("user", "add", "elin@klarruta.example").output
    assert ringback("user", "link", "elin@klarruta.example").output != first


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "elin", "--name", "Elin"), "“elin” is no mail address"),
        (
            ("add", "e@k.example", "--department", "Slaes"),
            "there is no department “Slaes”; there are: Front desk",
        ),
        (("link", "nobody@klarruta.example"), "nobody here has the address nobody@klarruta.example"),
        (("role", "nobody@klarruta.example", "head"), "nobody here has the address"),
        (("head", "Sales", "nobody@klarruta.example"), "nobody here has the address"),
        (("move", "nobody@klarruta.example", "Sales"), "nobody here has the address"),
    ],
)
def test_a_mistake_is_told_in_words(ringback: Ringback, arguments: tuple[str, ...], told: str) -> None:
    done = ringback("user", *arguments)
    assert done.exit_code == 1
    assert told in done.output


def test_who_leads_a_department_is_its_head(ringback: Ringback) -> None:
    ringback("user", "add", "sofia@klarruta.example", "--name", "Sofia Hjelm")
    assert ringback("user", "head", "Sales", "sofia@klarruta.example").output == "Sofia Hjelm leads Sales.\n"
    assert "Sofia Hjelm\thead\tSales" in ringback("user", "list").output


def test_a_role_is_changed(ringback: Ringback) -> None:
    ringback("user", "add", "annika@klarruta.example", "--name", "Annika Kron")
    ringback("user", "role", "annika@klarruta.example", "admin")
    assert "Annika Kron\tadmin" in ringback("user", "list").output


def test_who_moves_works_elsewhere(ringback: Ringback) -> None:
    ringback("user", "add", "johan@klarruta.example", "--name", "Johan Lindh", "--department", "Front desk")
    moved = ringback("user", "move", "johan@klarruta.example", "Service")
    assert moved.output == "Johan Lindh works in Service now.\n"
    assert "Johan Lindh\tagent\tService" in ringback("user", "list").output


def test_a_head_who_moves_leads_on_until_another_is_named(ringback: Ringback) -> None:
    ringback("user", "add", "sofia@klarruta.example", "--name", "Sofia Hjelm", "--department", "Sales")
    ringback("user", "head", "Sales", "sofia@klarruta.example")
    moved = ringback("user", "move", "sofia@klarruta.example", "Service").output
    assert 'Sofia Hjelm still leads Sales; for another head: ringback user head "Sales" MAIL' in moved


def test_who_left_gets_no_link_any_more(ringback: Ringback) -> None:
    ringback("user", "add", "johan@klarruta.example", "--name", "Johan Lindh")
    ringback("user", "disable", "johan@klarruta.example")
    assert "Johan Lindh has left" in ringback("user", "link", "johan@klarruta.example").output


def test_a_token_is_printed_alone(ringback: Ringback) -> None:
    assert re.fullmatch(r"rb_[\w-]{43}\n", ringback("token", "create", "shop", "--scope", "all").stdout)


def test_a_token_is_listed_and_revoked_without_being_shown(ringback: Ringback) -> None:
    token = ringback(
        "token", "create", "shop", "--scope", "contacts:read", "--scope", "tasks:write"
    ).output.strip()
    assert "shop\tcontacts:read tasks:write" in ringback("token", "list").output
    assert token not in ringback("token", "list").output
    assert ringback("token", "revoke", "shop").exit_code == 0
    assert "there is no token called “shop”" in ringback("token", "revoke", "shop").output


def test_a_scope_that_is_none_is_told(ringback: Ringback) -> None:
    assert "“everything” is no scope" in ringback("token", "create", "shop", "--scope", "everything").output
