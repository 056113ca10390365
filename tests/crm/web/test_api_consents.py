"""The ledger and who is not written to, as programs keep them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm import consent_taking, contacts
from crm.consent_taking import Stated
from crm.mailing_lists import MailingList
from crm.sequences import LetterSequence
from hub.audit import RINGBACK
from hub.clock import now
from hub.db import Database
from tests.crm.web.conftest import Api, Person

NEWS = {"name": "News", "words": "News of windows, once a month.", "confirms": False}
KARIN = "karin@nyman.example"


async def test_a_program_keeps_the_ledger(api: Api) -> None:
    news = await api.ask("POST", "/mailing-lists", NEWS, status=201)
    assert [each["name"] for each in await api.items("/mailing-lists")] == ["News"]
    await api.ask("POST", "/mailing-lists", NEWS, status=409)
    yes = {"list": news["id"], "address": "Karin@Nyman.example", "state": "given", "words": "Yes, in the shop",
           "place": "Till 4", "network": "203.0.113.9"}  # fmt: skip
    given = await api.ask("POST", "/consents", yes, status=201)
    assert {name: given[name] for name in ("address", "state", "source", "place", "network", "ground")} == {
        "address": KARIN, "state": "given", "source": "api", "place": "Till 4", "network": "203.0.113.9",
        "ground": "consent",
    }  # fmt: skip
    await api.ask("POST", "/consents", {**yes, "state": "withdrawn"}, status=201)
    found = await api.items(f"/consents?address={KARIN}&list={news['id']}")
    assert [each["state"] for each in found] == ["withdrawn", "given"]
    assert [each["reason"] for each in await api.items("/suppressions")] == ["unsubscribed"]
    wrong = (
        ({"address": "nobody"}, 409),
        ({"list": 99}, 409),
        ({"state": "asked"}, 422),
        ({"words": ""}, 422),
    )
    for change, status in wrong:
        await api.ask("POST", "/consents", {**yes, **change}, status=status)


async def test_a_list_that_confirms_asks_unless_the_program_proved_it(api: Api) -> None:
    news = await api.ask("POST", "/mailing-lists", {**NEWS, "confirms": True}, status=201)
    yes = {"list": news["id"], "address": KARIN, "state": "given", "words": "Yes, in the shop"}
    assert (await api.ask("POST", "/consents", yes, status=201))["state"] == "asked"
    assert (await api.ask("POST", "/consents", {**yes, "proved": True}, status=201))["state"] == "given"


async def test_a_list_is_offered_to_everybody_only_where_the_program_says_so(api: Api) -> None:
    assert (await api.ask("POST", "/mailing-lists", NEWS, status=201))["public"] is False
    open_one = {**NEWS, "name": "Fairs", "public": True}
    assert (await api.ask("POST", "/mailing-lists", open_one, status=201))["public"] is True


async def test_a_program_leaves_an_address_out_and_lifts_it(api: Api) -> None:
    made = await api.ask("POST", "/suppressions", {"address": KARIN, "words": "wrote to us"}, status=201)
    assert (made["list"], made["reason"], made["words"]) == (None, "by hand", "wrote to us")
    await api.ask("POST", f"/suppressions/{made['id']}/lift", {"why": "he called"}, status=204)
    await api.ask("POST", f"/suppressions/{made['id']}/lift", {"why": "he called"}, status=404)
    assert await api.items(f"/suppressions?address={KARIN}") == []
    await api.ask("POST", "/suppressions", {"address": KARIN, "words": "why", "list": 99}, status=409)


async def test_a_program_leaves_one_out_by_his_messenger(api: Api, db: Database) -> None:
    asked = {"kind": "telegram", "address": "4711", "words": "wrote to us"}
    await api.ask("POST", "/suppressions", asked, status=409)
    await db.write(lambda session: contacts.add_contact(session, "Karin", [("telegram", "4711")]))
    made = await api.ask("POST", "/suppressions", asked, status=201)
    assert (made["kind"], made["address"], made["list"]) == ("telegram", "4711", None)
    assert [each["id"] for each in await api.items("/suppressions?kind=telegram&address=4711")] == [
        made["id"]
    ]


async def test_a_mistyped_address_is_nobody_elses(api: Api) -> None:
    news = await api.ask("POST", "/mailing-lists", NEWS, status=201)
    asked = {"address": "bad one@z.example", "words": "At the fair, on paper"}
    await api.ask(
        "POST", "/consents", asked | {"list": news["id"], "state": "given", "proved": True}, status=409
    )
    await api.ask("POST", "/suppressions", asked, status=409)
    assert [await api.items(f"/{each}") for each in ("consents", "suppressions")] == [[], []]


async def test_scopes_and_rights_hold(program: Person, person: Person) -> None:
    reader = await program("campaigns:read")
    assert await reader.items("/consents") == []
    await reader.ask("POST", "/mailing-lists", NEWS, status=403)
    await (await program("contacts:write")).ask("GET", "/suppressions", status=403)
    await (await person("Elin Sandgren", "agent", "Sales")).ask("GET", "/consents", status=403)


async def test_a_program_sees_how_far_a_file_is_and_stops_it(api: Api, db: Database) -> None:
    news = await api.ask("POST", "/mailing-lists", NEWS, status=201)

    def lay(session: Session, *, last: bool) -> None:
        of = session.get_one(MailingList, news["id"])
        row = consent_taking.lay_aside(
            session, RINGBACK, of, 2, Stated("consent", "At a fair, on paper", "fair.csv")
        )
        consent_taking.lay(session, row.id, ["karin@nyman.example", "erik@berg.example"], last=last)

    await db.write(lay, last=True)
    await db.write(lay, last=False)  # the rest of it still comes
    await db.write(consent_taking.go_on, 1)
    shown = await api.items(f"/consent-files?list={news['id']}")
    assert [(each["id"], each["state"], each["made"]) for each in shown] == [
        (2, "going", 0),
        (1, "kept", 2),
    ]
    assert len(await api.items("/consents")) == 2
    assert (await api.ask("DELETE", "/consent-files/2"))["state"] == "stopped"
    await api.ask("DELETE", "/consent-files/2", status=409)
    await api.ask("DELETE", "/consent-files/1", status=409)
    await api.ask("DELETE", "/consent-files/9", status=404)


async def test_a_program_changes_a_list_and_retires_it(api: Api) -> None:
    news = await api.ask("POST", "/mailing-lists", {**NEWS, "word": "NEWS"}, status=201)
    here = f"/mailing-lists/{news['id']}"
    changed = await api.ask("PATCH", here, {"about": "Once a month", "public": True})
    assert changed == news | {"about": "Once a month", "public": True}
    assert await api.ask("GET", here) == changed
    await api.ask("PATCH", here, {"name": "Letters"}, status=412, if_match='"long ago"')
    await api.ask("POST", "/mailing-lists", {**NEWS, "name": "Fairs"}, status=201)
    told = await api.ask("PATCH", here, {"name": "Fairs"}, status=409)
    assert told["detail"] == "There is a list “Fairs” already"
    assert (await api.ask("PATCH", here, {"retired": True}))["retired_at"] is not None
    assert [each["name"] for each in await api.items("/mailing-lists")] == ["Fairs"]
    assert [each["name"] for each in await api.items("/mailing-lists?retired=true")] == ["Fairs", "News"]
    assert (await api.ask("PATCH", here, {"retired": False}))["retired_at"] is None
    for wrong in ({"name": ""}, {"language": "de"}, {"public": None}, {"retired": "yes"}):
        await api.ask("PATCH", here, wrong, status=422)
    await api.ask("PATCH", "/mailing-lists/99", {"name": "Letters"}, status=404)


async def test_a_program_takes_no_list_away_by_which_letters_go_out(api: Api, db: Database) -> None:
    news = await api.ask("POST", "/mailing-lists", NEWS, status=201)

    def on(session: Session) -> None:
        session.add(LetterSequence(name="Welcome", list_id=news["id"], on_at=now()))

    await db.write(on)
    told = await api.ask("PATCH", f"/mailing-lists/{news['id']}", {"retired": True}, status=409)
    assert "“Welcome” still write by this list" in told["detail"]
    assert (await api.ask("GET", f"/mailing-lists/{news['id']}"))["retired_at"] is None


async def test_a_kind_alone_lists_addresses_of_that_kind(api: Api) -> None:
    news = await api.ask("POST", "/mailing-lists", NEWS, status=201)
    await api.ask("POST", "/suppressions", {"address": KARIN, "words": "wrote to us"}, status=201)
    yes = {"list": news["id"], "address": "erik@berg.example", "state": "given", "words": "Yes, in the shop"}
    await api.ask("POST", "/consents", yes, status=201)
    for path in ("/suppressions", "/consents"):
        assert [len(await api.items(f"{path}{kind}")) for kind in ("", "?kind=mail", "?kind=telegram")] == [
            1,
            1,
            0,
        ]
