"""A segment is clicked together: each press shows the form, how many it means and who; programs do the same."""

from __future__ import annotations

import re

import pytest

from crm import segment_changes
from crm.campaigns import Campaign
from crm.segments import Segment
from tests.crm.klarruta import Klarruta
from tests.crm.mailroom import SPRING, asks, fill, rule
from tests.crm.web.conftest import Api, Person
from tests.crm.web.console import Consoles, Shown

on_sqlite = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
ARCHITECTS = {"r.of": "all", "r.0.what": "tag", "r.0.was": "tag", "r.0.tag": "1"}


@pytest.fixture
async def room(firm: Klarruta, consoles: Consoles) -> Consoles:
    """Give consoles where there is somebody to be meant."""
    await firm.do(fill)
    return consoles


async def press(room: Consoles, do: str = "", path: str = "/segments/preview", **form: str) -> Shown:
    """Have Maria press something in the form; `_` in a name stands for a dot."""
    return await room.press("Maria", path, **({"do": do} if do else {}), **form)


def form_of(page: Shown) -> dict[str, str]:
    """Give what a browser would send of the rule that a page shows."""
    found = dict(re.findall(r'<input[^>]* name="(r\.[^"]+)"[^>]* value="([^"]*)"', page.html))
    for name, options in re.findall(
        r'<select[^>]* name="(r\.[^"]+)"[^>]*>(.*?)</select>', page.html, re.DOTALL
    ):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        first = re.search(r'<option value="([^"]*)"', options)
        found[name] = chosen[1] if chosen else first[1] if first else ""
    return found


async def test_it_is_clicked_together_and_counted_meanwhile(room: Consoles) -> None:
    begun = await room.get("Maria", "/segments/new")
    assert "Counted as soon as every condition is complete" in begun.words
    form = form_of(begun) | {"r.0.what": "tag"}
    chosen = await press(room, **form)
    assert "Architect" in chosen.words
    counted = await press(room, **(form_of(chosen) | {"r.0.tag": "1"}))
    assert "2 contacts" in counted.words
    assert "tagged “Architect”" in counted.words
    assert "Anna Berg" in counted.words
    group = await press(room, "group r", **form_of(counted))
    form = form_of(group)
    assert form["r.1.of"] == "any"
    reached = form_of(await press(room, **(form | {"r.1.0.what": "reached"}))) | {"r.1.0.by": "phone"}
    narrowed = await press(room, **reached)
    assert "1 contact" in narrowed.words
    fewer = await press(room, "drop r.0", **form_of(narrowed))
    assert "with a phone number" in fewer.words
    assert "Per Holm" in fewer.words


async def test_it_is_saved_listed_changed_and_retired(room: Consoles, firm: Klarruta) -> None:
    saved = await room.send("Maria", "/segments", name="Architects", **ARCHITECTS)
    assert (saved.status, saved.location) == (303, "/segments")
    listed = await room.get("Maria", "/segments")
    assert "Architects tagged “Architect”" in listed.words
    page = await room.get("Maria", "/segments/1")
    assert form_of(page).items() >= ARCHITECTS.items()
    more = ARCHITECTS | {"r.1.what": "reached", "r.1.was": "reached", "r.1.by": "phone"}
    await room.send("Maria", "/segments/1", name="Reachable", **more)
    assert "with a phone number" in (await room.get("Maria", "/segments")).words

    def use(session: segment_changes.Session) -> None:
        session.get_one(Campaign, SPRING).segments = [1]

    await firm.do(use)
    assert "Spring" in (await room.get("Maria", "/segments/1")).words
    await room.press("Maria", "/segments/1/retirement")
    assert "1 retired" in (await room.get("Maria", "/segments")).words
    assert "is retired" in (await room.get("Maria", "/segments/1")).words
    await room.press("Maria", "/segments/1/retirement", "DELETE")
    assert "retired" not in (await room.get("Maria", "/segments")).words


@on_sqlite
async def test_what_is_wrong_is_said_and_what_was_typed_stays(room: Consoles) -> None:
    empty = await room.send("Maria", "/segments", name="Odd", **{"r.of": "all", "r.0.what": ""})
    assert empty.status == 422
    assert "Choose what it is about" in empty.words
    unnamed = await room.send("Maria", "/segments", name=" ", **ARCHITECTS)
    assert (unnamed.status, "1 to 80 letters" in unnamed.words) == (422, True)
    form = {"r.of": "all", "r.0.what": "interactions", "r.0.was": "interactions", "r.0.least": "many"}
    odd = await press(room, **form)
    assert "“many” does not fit here" in odd.words
    assert 'value="many"' in odd.html
    firm = {
        "r.of": "all",
        "r.0.what": "organisation",
        "r.0.was": "organisation",
        "r.0.organisation": "Nowhere",
    }
    assert "No company is called “Nowhere”" in (await press(room, **firm)).words
    firm["r.0.organisation"] = "glasbolaget"
    assert "1 contact " in (await press(room, **firm)).words
    worth = {"r.of": "all", "r.0.what": "deals", "r.0.was": "deals", "r.0.worth_least": "49 000,50"}
    assert "worth at least" in (await press(room, **worth)).words


@on_sqlite
async def test_a_hostile_form_is_a_form(room: Consoles) -> None:
    deep = {f"r{'.0' * depth}.of": "any" for depth in range(40)}
    wide = {f"r.{place}.what": "reached" for place in range(100)}
    for form in (deep, wide, {"r.of": "sql"}, {"r.0.of": "all"}, {"r.of": "all", "r.0.what": "'; DROP"},
                 {"r.of": "all", "r.0.what": "deals", "r.0.was": "deals", "r.0.pipeline": "9" * 30}):  # fmt: skip
        for do in ("", "add r.9.9", "drop r", "group r.0.0.0.0.0", "drop r.77", "fly"):
            shown = await press(room, do, **form)
            assert shown.status == 200, (form, do)
    saved = await room.send("Maria", "/segments", name="Wide", **({"r.of": "all"} | wide))
    assert saved.status == 422


@on_sqlite
async def test_agents_and_heads_have_no_segments(room: Consoles) -> None:
    for name in ("Elin", "Sofia"):
        assert (await room.get(name, "/segments")).status == 403
        assert (await room.send(name, "/segments", name="Mine", **ARCHITECTS)).status == 403


async def test_a_program_keeps_counts_and_reads_them(firm: Klarruta, person: Person, program: Person) -> None:
    await firm.do(fill)
    maria = await program("campaigns:write")
    wanted = rule(asks("tag", tag=1))
    made = await maria.ask("POST", "/segments", {"name": "Architects", "rule": wanted}, status=201)
    assert made["words"] == "tagged “Architect”"
    assert await maria.ask("GET", "/segments/1") == made
    assert (await maria.ask("GET", "/segments/1/count"))["count"] == 2
    assert [each["name"] for each in await maria.items("/segments/1/contacts")] == [
        "Anna Berg",
        "Karin Ekdahl",
    ]
    first = await maria.ask("GET", "/segments/1/contacts?limit=1")
    rest = await maria.ask("GET", f"/segments/1/contacts?limit=1&cursor={first['next']}")
    assert [each["name"] for each in rest["items"]] == ["Karin Ekdahl"]
    counted = await maria.ask("POST", "/segment-counts", {"rule": rule(asks("reached", by="mail"))})
    assert (counted["count"], counted["words"]) == (3, "with a mail address")
    changed = await maria.ask("PATCH", "/segments/1", {"retired": True})
    assert changed["retired_at"]
    assert await maria.items("/segments") == []
    assert len(await maria.items("/segments?retired=true")) == 1
    await (await person("Ulla Berg", "head", "Sales")).ask("GET", "/segments", status=403)


@on_sqlite
async def test_a_program_is_told_what_makes_no_sense(firm: Klarruta, program: Person) -> None:
    await firm.do(fill)
    api: Api = await program("campaigns:write")
    deep = asks("reached", by="mail")
    for _ in range(300):
        deep = rule(deep)
    for odd in ({}, [], rule(asks("flies")), rule(asks("tag")), deep, rule(rule()), rule(asks("tag", tag=99)),
                rule(*[asks("reached", by="mail")] * 60)):  # fmt: skip
        for path, body in (("/segment-counts", {"rule": odd}), ("/segments", {"name": "Odd", "rule": odd})):
            async with api.client.post(f"/api/v1{path}", json=body, headers=api.headers) as answer:
                assert answer.status in {400, 409, 422}, (path, odd, await answer.text())
                assert (await answer.json())["detail"]
    assert await firm.do(lambda session: session.get(Segment, 1)) is None
