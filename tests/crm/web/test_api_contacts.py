"""Contacts over the API: found however they are written, made, changed, and kept from strangers."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.crm.web.conftest import Api, Form, Person

KARIN = {
    "name": "Karin Ekdahl",
    "organisation": "Ekdahl & Co",
    "handles": [
        {"kind": "phone", "value": "070-174 06 12"},
        {"kind": "mail", "value": "Karin@Ekdahl.example"},
    ],
    "fields": {"openings": 7, "budget": "12 000", "newsletter": True, "dog": "Bosse"},
}


async def test_a_contact_is_shown_by_the_words_that_programs_know(api: Api) -> None:
    card = await api.ask("POST", "/contacts", KARIN, status=201)
    assert card["name"] == "Karin Ekdahl"
    assert card["organisation"] == "Ekdahl & Co"
    assert card["handles"] == [
        {"kind": "phone", "value": "+46701740612"},
        {"kind": "mail", "value": "karin@ekdahl.example"},
    ]
    assert card["fields"] == {"openings": 7, "budget": "12000.00", "newsletter": True, "dog": "Bosse"}
    assert await api.ask("GET", f"/contacts/{card['id']}") == card


@pytest.mark.parametrize(
    "written",
    ["070-174 06 12", "+46 70 174 06 12", "0046701740612", "+46(0)701740612", "KARIN@ekdahl.example"],
)
async def test_somebody_is_found_however_the_handle_is_written(written: str, api: Api) -> None:
    card = await api.ask("POST", "/contacts", KARIN, status=201)
    await api.ask("POST", "/contacts", {"name": "Nils Falk", "handles": []}, status=201)
    assert await api.items(f"/contacts?handle={quote(written)}") == [card]
    assert await api.items(f"/contacts?q={quote(written)}") == [card]


async def test_a_plus_that_was_not_escaped_is_still_a_plus(api: Api) -> None:
    card = await api.ask("POST", "/contacts", KARIN, status=201)
    assert await api.items("/contacts?handle=+46701740612") == [card]
    assert await api.items("/contacts?q=+46701740612") == [card]


async def test_nobody_is_found_by_what_is_no_handle(api: Api) -> None:
    await api.ask("POST", "/contacts", KARIN, status=201)
    for text in ("", "ekdahl", "0", "070-999 99 99", "%25", "nobody@ekdahl.example"):
        assert await api.items(f"/contacts?handle={text}") == []


@pytest.mark.parametrize("words", ["ekdahl", "KARIN", "Ekdahl & Co", "karin@"])
async def test_somebody_is_found_by_a_part_of_a_name_or_address(words: str, api: Api) -> None:
    card = await api.ask("POST", "/contacts", KARIN, status=201)
    await api.ask("POST", "/contacts", {"name": "Nils Falk"}, status=201)
    assert await api.items(f"/contacts?q={quote(words)}") == [card]


async def test_a_number_written_as_in_a_form_leads_to_the_card_that_the_form_made(
    api: Api, form: Form
) -> None:
    came = await form(name="Karin Ekdahl", phone="070-174 06 12", message="Seven windows", openings="7")
    (card,) = await api.items("/contacts?handle=%2B46701740612")
    assert card["id"] == came["contact"]
    assert card["fields"] == {"openings": 7}


async def test_a_change_leaves_alone_what_it_does_not_name(api: Api) -> None:
    card = await api.ask("POST", "/contacts", KARIN, status=201)
    change = {"organisation": None, "fields": {"dog": None, "openings": "8"}, "department": "Sales"}
    changed = await api.ask("PATCH", f"/contacts/{card['id']}", change)
    assert changed["fields"] == {"openings": 8, "budget": "12000.00", "newsletter": True}
    assert changed["organisation"] is None
    assert changed["department"] == "Sales"
    assert (changed["name"], changed["handles"]) == (card["name"], card["handles"])


async def test_the_handles_of_a_change_are_all_that_there_are(api: Api) -> None:
    card = await api.ask("POST", "/contacts", KARIN, status=201)
    handles = [{"kind": "mail", "value": "karin@ekdahl.example"}, {"kind": "phone", "value": "031-390 06 72"}]
    changed = await api.ask("PATCH", f"/contacts/{card['id']}", {"handles": handles})
    assert changed["handles"] == [handles[0], {"kind": "phone", "value": "+46313900672"}]
    assert await api.items("/contacts?handle=070-174 06 12") == []


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"handles": [{"kind": "phone", "value": "070-174 06 12"}]}, "/handles/0"),
        ({"handles": [{"kind": "phone", "value": "soon"}]}, "/handles/0"),
        ({"handles": [{"kind": "mail", "value": "at home"}]}, "/handles/0"),
        ({"fields": {"openings": "many"}}, "/fields/openings"),
        ({"fields": {"newsletter": 7}}, "/fields/newsletter"),
        ({"department": "Cellar"}, "/department"),
        ({"responsible": 99}, "/responsible"),
    ],
)
async def test_what_cannot_be_is_refused_and_pointed_at(
    wrong: dict[str, object], pointer: str, api: Api
) -> None:
    await api.ask("POST", "/contacts", KARIN, status=201)
    nils = await api.ask("POST", "/contacts", {"name": "Nils Falk"}, status=201)
    told = await api.ask("PATCH", f"/contacts/{nils['id']}", wrong, status=409)
    assert [fault["pointer"] for fault in told["errors"]] == [pointer]
    assert await api.ask("GET", f"/contacts/{nils['id']}") == nils


async def test_a_card_of_nobody_is_not_made(api: Api) -> None:
    await api.ask("POST", "/contacts", {"fields": {"dog": "Bosse"}}, status=409)
    assert await api.items("/contacts") == []


async def test_who_would_undo_another_ones_change_is_told(api: Api) -> None:
    card = await api.ask("POST", "/contacts", KARIN, status=201)
    seen = api.etag
    await api.ask("PATCH", f"/contacts/{card['id']}", {"name": "Karin Ekdahl-Berg"}, if_match=seen)
    await api.ask("PATCH", f"/contacts/{card['id']}", {"name": "Karin E."}, if_match=seen, status=412)
    await api.ask("PATCH", f"/contacts/{card['id']}", {"name": "Karin E."}, if_match=api.etag, status=200)
    for odd in ('"', "W/", "nonsense", '"unfinished', ",,"):
        await api.ask("PATCH", f"/contacts/{card['id']}", {"name": "X"}, if_match=odd, status=412)


async def test_a_note_that_the_customer_was_reached_keeps_the_promise(api: Api, form: Form) -> None:
    came = await form(name="Karin Ekdahl", phone="070-174 06 12", message="Seven windows")
    note = {"text": "Rang back: Thursday.\nMeasure first.", "counts_as_contact": True}
    written = await api.ask("POST", f"/contacts/{came['contact']}/notes", note, status=201)
    assert (written["kind"], written["channel"], written["summary"]) == ("note", None, "Rang back: Thursday.")
    (deadline,) = await api.items("/deadlines")
    assert deadline["met_at"] is not None


async def test_people_see_their_own_departments_contacts_alone(api: Api, person: Person) -> None:
    sales = await api.ask("POST", "/contacts", {"name": "Karin Ekdahl", "department": "Sales"}, status=201)
    elin = await person("Elin Sandgren", "agent", "Sales")
    omar = await person("Omar Nasser", "agent", "Service")
    assert await elin.items("/contacts") == [sales]
    assert await omar.items("/contacts") == []
    await omar.ask("GET", f"/contacts/{sales['id']}", status=404)
    await omar.ask("PATCH", f"/contacts/{sales['id']}", {"name": "Mine"}, status=404)
    await omar.ask("POST", f"/contacts/{sales['id']}/notes", {"text": "Hello"}, status=404)


async def test_whoever_makes_a_contact_sees_it(person: Person) -> None:
    omar = await person("Omar Nasser", "agent", "Service")
    made = await omar.ask("POST", "/contacts", {"name": "Nils Falk"}, status=201)
    assert await omar.items("/contacts") == [made]
    assert made["department"] == "Service"


async def test_the_list_is_walked_to_its_end(api: Api) -> None:
    for number in range(5):
        await api.ask("POST", "/contacts", {"name": f"Customer {number}"}, status=201)
    names, path = [], "/contacts?limit=2"
    while path:
        page = await api.ask("GET", path)
        names += [each["name"] for each in page["items"]]
        path = f"/contacts?limit=2&cursor={page['next']}" if page["next"] else ""
    assert names == [f"Customer {number}" for number in (4, 3, 2, 1, 0)]


async def test_a_post_that_is_sent_again_makes_no_second_card(api: Api) -> None:
    first = await api.ask("POST", "/contacts", KARIN, status=201, idempotency_key="k-1")
    again = await api.ask("POST", "/contacts", KARIN, status=201, idempotency_key="k-1")
    assert (again, api.replayed) == (first, True)
    await api.ask("POST", "/contacts", {"name": "Nils"}, status=422, idempotency_key="k-1")
    assert await api.items("/contacts") == [first]
