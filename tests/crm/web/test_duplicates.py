"""The room Duplicates: pairs with reasons, side by side, one button, and the way back."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import TestClient

from crm import lookout
from crm.likeness import Reason
from crm.web.reasons import told
from hub.db import Database
from tests.crm.web.conftest import Api, Sit
from tests.crm.web.seat import Seat

FIRM = {"organisation": "Brf Ekbacken"}
HOME = [{"kind": "mail", "value": "karin.ekdahl@post.example"}]
OFFICE = [{"kind": "mail", "value": "karin.ekdahl@ekbacken.example"}]
KARIN = {"name": "Karin Ekdahl", "department": "Sales", "handles": HOME, "fields": {"floor": "3"}, **FIRM}
DOUBLE = {"name": "Karin Ekdal", "handles": OFFICE, "fields": {"floor": "4"}, **FIRM}


@pytest.fixture
async def pair(api: Api, db: Database, client: TestClient) -> tuple[int, int]:
    """Give the numbers of two cards that are found to be alike."""
    del client
    ids = [int(str((await api.ask("POST", "/contacts", each, status=201))["id"])) for each in (KARIN, DOUBLE)]
    while (found := await db.read(lookout.look)) is not None:
        await db.write(lookout.keep, found)
    return ids[0], ids[1]


@pytest.fixture
async def birgitta(sit: Sit) -> Seat:
    """Give a manager at her desk."""
    return await sit("Birgitta Ask", "manager")


async def test_a_pair_says_what_speaks_for_it(pair: tuple[int, int], birgitta: Seat) -> None:
    del pair
    page = await birgitta.reads("/duplicates")
    assert "Karin Ekdahl" in page
    assert "Nearly the same name" in page
    assert "Same company" in page


@pytest.mark.parametrize(
    ("other", "words"),
    [("Ärla Lindh", "Nearly the same name"), ("ärla lind", "Same name, which others have too")],
)
def test_a_name_that_many_have_is_not_called_nearly_the_same(other: str, words: str) -> None:
    assert told([Reason("near-name", "Ärla Lind", other)], "SE") == [words]


async def test_one_person_has_the_chosen_values_and_undo_gives_each_its_own(
    pair: tuple[int, int], birgitta: Seat, api: Api
) -> None:
    page = await birgitta.opens("/duplicates/1")
    assert 'name="field fields.floor" value="b"' in page
    answer = await birgitta.sends("/duplicates/1/merge", **{"field fields.floor": "b", "whole": "1"})
    assert (answer.status, answer.headers["HX-Redirect"]) == (200, f"/contacts/{pair[0]}")
    assert (await api.ask("GET", f"/contacts/{pair[0]}"))["fields"]["floor"] == "4"
    assert "Merged into this card" in await birgitta.reads(f"/contacts/{pair[0]}")
    assert (await birgitta.sends("/merges/1", _method="delete")).status == 200
    assert (await api.ask("GET", f"/contacts/{pair[0]}"))["fields"]["floor"] == "3"
    assert (await api.ask("GET", f"/contacts/{pair[1]}"))["name"] == "Karin Ekdal"


async def test_the_merged_card_leads_on_and_says_who_merged_it(pair: tuple[int, int], birgitta: Seat) -> None:
    await birgitta.sends("/duplicates/1/merge")
    answer = await birgitta.asks(f"/contacts/{pair[1]}")
    assert (answer.status, answer.headers["Location"]) == (303, f"/contacts/{pair[0]}")
    assert "Birgitta" in answer.cookies["ringback-toast"].value
    assert "Karin Ekdal became Karin Ekdahl" in await birgitta.reads("/duplicates?show=merged")


async def test_not_the_same_is_remembered_and_can_be_taken_back(
    pair: tuple[int, int], birgitta: Seat
) -> None:
    del pair
    await birgitta.sends("/duplicates/1/dismissal")
    assert "Nobody is here twice" in await birgitta.reads("/duplicates")
    assert "said Birgitta Ask" in await birgitta.reads("/duplicates?show=ruled-out")
    await birgitta.sends("/duplicates/1/dismissal", _method="delete")
    assert "Karin Ekdal" in await birgitta.reads("/duplicates")


async def test_the_card_leads_to_both_side_by_side(pair: tuple[int, int], birgitta: Seat) -> None:
    assert 'href="/duplicates/1"' in await birgitta.opens(f"/contacts/{pair[1]}")


async def test_who_sees_one_of_the_two_alone_sees_no_pair(pair: tuple[int, int], sit: Sit) -> None:
    del pair
    elin = await sit("Elin Sandgren", "agent", "Sales")
    assert "Nobody is here twice" in await elin.reads("/duplicates")
    await elin.opens("/duplicates/1", status=404)
    for path in ("/duplicates/1/merge", "/duplicates/1/dismissal"):
        assert (await elin.sends(path)).status == 404


async def test_a_merge_over_the_api_and_back(pair: tuple[int, int], api: Api) -> None:
    home, office = pair
    new = {"contact": office, "take": ["name"]}
    made = await api.ask("POST", f"/contacts/{home}/merges", new, status=201)
    assert (made["merged"], made["into"]) == (office, home)
    assert (await api.ask("GET", f"/contacts/{office}"))["name"] == "Karin Ekdal"
    assert await api.ask("GET", f"/contacts/{home}/merges") == [made]
    await api.ask("POST", f"/contacts/{home}/merges", new, status=409)
    await api.ask("DELETE", f"/merges/{made['id']}", status=204)
    await api.ask("DELETE", f"/merges/{made['id']}", status=409)
    assert (await api.ask("GET", f"/contacts/{home}"))["name"] == "Karin Ekdahl"
