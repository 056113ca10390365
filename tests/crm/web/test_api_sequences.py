"""Sequences over the API: a program sees who stands where, puts people in and takes them out."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm import consents, contacts
from crm.consents import Origin
from crm.contacts import MAIL
from hub.db import Database
from tests.crm.web.conftest import Api
from tests.crm.welcome import KARIN, set_up, turn

BY_FILE = Origin(source=consents.IMPORT, place="customers.csv", words="Yes.")


async def test_a_program_puts_people_in_sees_where_they_stand_and_takes_them_out(
    api: Api, db: Database
) -> None:
    sequence_id, list_id = await db.write(set_up)
    here = f"/sequences/{sequence_id}"
    await db.write(consents.give, list_id, MAIL, KARIN, BY_FILE)
    put = {"addresses": ["Karin@Nyman.example", "stranger@else.example"]}
    begun = await api.ask("POST", f"{here}/people", put)
    assert begun == {"begun": 1, "refused": ["stranger@else.example"]}
    assert (await api.ask("POST", f"{here}/people", put))["begun"] == 0
    await db.write(turn, sequence_id)
    shown = await api.ask("GET", here)
    assert (shown["name"], shown["going"], shown["left"]) == ("Welcome", 1, 0)
    assert [each["kind"] for each in shown["steps"][:2]] == ["letter", "wait"]
    assert sum(each["here"] for each in shown["steps"][:2]) == 1  # at the letter as long as it leaves
    [karin] = await api.items(f"{here}/people")
    assert (karin["address"], karin["state"], karin["until"]) == (KARIN, "going", None)
    out = await api.ask("POST", f"/sequence-people/{karin['id']}/end")
    assert (out["state"], out["why"]) == ("left", "Taken out by program 1.")
    await api.ask("POST", f"/sequence-people/{karin['id']}/end", status=409)
    assert (await api.ask("DELETE", f"/sequence-people/{karin['id']}/end"))["state"] == "going"
    assert sum(each["here"] for each in (await api.ask("GET", here))["steps"][:2]) == 1
    await api.ask("DELETE", f"/sequence-people/{karin['id']}/end", status=409)
    await api.ask("POST", f"/sequence-people/{karin['id']}/end")
    assert await api.items(f"{here}/people?state=going") == []
    assert [each["address"] for each in await api.items(f"{here}/people?state=left")] == [KARIN]
    assert [each["left"] for each in await api.items("/sequences")] == [1]


async def test_everybody_of_a_segment_begins_who_agreed_and_each_once(api: Api, db: Database) -> None:
    sequence_id, list_id = await db.write(set_up)

    def people(session: Session) -> None:
        for name in ("karin", "erik", "nils"):
            contacts.add_contact(session, name.title(), ((MAIL, f"{name}@nyman.example"),))
        for name in ("karin", "erik"):
            consents.give(session, list_id, MAIL, f"{name}@nyman.example", BY_FILE)

    await db.write(people)
    rule = {"what": "group", "of": "all", "rules": [{"what": "consent", "list": list_id, "state": "given"}]}
    segment = (await api.ask("POST", "/segments", {"name": "All", "rule": rule}, status=201))["id"]
    begun = await api.ask("POST", f"/sequences/{sequence_id}/segments", {"segment": segment})
    assert begun == {"begun": 2, "refused": []}
    assert (await api.ask("POST", f"/sequences/{sequence_id}/segments", {"segment": segment}))["begun"] == 0
    await db.write(turn, sequence_id)
    shown = await api.items(f"/sequences/{sequence_id}/people")
    assert {each["address"] for each in shown} == {"karin@nyman.example", "erik@nyman.example"}
    assert all(each["run"] for each in shown)
    await api.ask("POST", f"/sequences/{sequence_id}/segments", {"segment": 99}, status=409)


async def test_who_is_no_address_or_unknown_is_said(api: Api, db: Database) -> None:
    sequence_id, _list_id = await db.write(set_up)
    told = await api.ask(
        "POST", f"/sequences/{sequence_id}/people", {"addresses": ["karin karin@nyman.example"]}, status=409
    )
    assert "“karin karin@nyman.example” is no address" in told["detail"]
    await api.ask("GET", f"/sequences/{sequence_id + 99}", status=404)
    await api.ask("POST", "/sequence-people/99/end", status=404)


async def test_addresses_that_a_program_brings_begin_a_sequence(api: Api, db: Database) -> None:
    sequence_id, list_id = await db.write(set_up)
    await db.write(consents.give, list_id, MAIL, KARIN, BY_FILE)
    file = {
        "list": list_id, "ground": "consent", "words": "At the fair in Kista, on paper", "name": "fair.csv",
        "addresses": ["Karin@Nyman.example", "erik@berg.example", "Erik <erik@berg.example>"], "sequence": sequence_id,
    }  # fmt: skip
    taken = await api.ask("POST", "/consent-files", file, status=201)
    assert (taken["state"], taken["made"], taken["same"], taken["sequence"]) == ("kept", 1, 1, sequence_id)
    await db.write(turn, sequence_id)
    assert [each["address"] for each in await api.items(f"/sequences/{sequence_id}/people")] == [
        "erik@berg.example"
    ]
    for wrong in ({"sequence": 99}, {"addresses": ["new@x.example", "nobody"]},
                  {"addresses": ["bad one@z.example"]}):  # fmt: skip
        await api.ask("POST", "/consent-files", file | wrong, status=409)
    await api.ask("POST", "/consent-files", file | {"list": 99}, status=409)
    assert len(await api.items("/consent-files")) == 1
    assert len(await api.items(f"/consents?list={list_id}")) == 2


async def test_a_program_settles_within_which_hours_all_letters_leave(api: Api, db: Database) -> None:
    sequence_id, _list_id = await db.write(set_up)
    here = f"/sequences/{sequence_id}"
    before = await api.ask("GET", here)
    assert before["hours"] == []
    settled = await api.ask("PATCH", here, {"since": "08:00", "until": "18:00"})
    assert (settled["hours"], settled["channel"]) == (["08:00", "18:00"], before["channel"])
    assert (await api.ask("PATCH", here, {"name": "Hello"}))["name"] == "Hello"
    shown = await api.ask("GET", here)
    assert (shown["name"], shown["hours"]) == ("Hello", ["08:00", "18:00"])
    first = shown["steps"][0]["letter"]
    assert (await api.ask("GET", f"/campaigns/{first}"))["hours"] == ["08:00", "18:00"]
    assert (await api.ask("PATCH", here, {"since": "00:00", "until": "00:00"}))["hours"] == []


async def test_what_cannot_hold_for_a_sequence_is_refused(api: Api, db: Database) -> None:
    sequence_id, _list_id = await db.write(set_up)
    here = f"/sequences/{sequence_id}"
    for wrong in ({"since": "25:00"}, {"until": None}, {"name": ""}, {"hours": []}):
        await api.ask("PATCH", here, wrong, status=422)
    told = await api.ask("PATCH", here, {"channel": 999}, status=409)
    assert told["detail"] == "There is no such mailbox."
    await api.ask("PATCH", "/sequences/999", {"name": "Hello"}, status=404)
    assert (await api.ask("PATCH", here, {"channel": None}))["channel"] is None


async def test_a_program_turns_a_sequence_off_and_on(api: Api, db: Database) -> None:
    sequence_id, _list_id = await db.write(set_up)
    here = f"/sequences/{sequence_id}"
    assert (await api.ask("DELETE", f"{here}/on"))["on_at"] is None
    assert (await api.ask("GET", here))["on_at"] is None
    told = await api.ask("POST", f"{here}/on", status=409)
    assert "It cannot begin yet" in told["detail"]
    await api.ask("POST", "/sequences/999/on", status=404)


async def test_who_gets_a_letter_of_a_sequence_is_not_settled_at_the_letter(api: Api, db: Database) -> None:
    sequence_id, _list_id = await db.write(set_up)
    await api.ask("DELETE", f"/sequences/{sequence_id}/on")  # its letters are drafts
    letter = (await api.ask("GET", f"/sequences/{sequence_id}"))["steps"][0]["letter"]
    told = await api.ask("PATCH", f"/campaigns/{letter}", {"since": "08:00", "until": "09:00"}, status=409)
    assert "It is a letter of a sequence" in told["detail"]
    assert (await api.ask("GET", f"/campaigns/{letter}"))["hours"] == []
