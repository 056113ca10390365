"""Visits to customers in the console: the calendar, planning and moving, the page on the telephone, and its papers."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy.orm import Session

from crm import appointment_deeds
from crm.deals import Deal
from crm.pipelines import Pipeline, Stage
from hub.app import make_app
from hub.clock import Clock, now
from hub.rows import insert
from hub.settings import Settings
from hub.users import find_user
from tests.crm.klarruta import Klarruta
from tests.crm.visiting import Visiting, at
from tests.crm.web.conftest import Api
from tests.crm.web.console import OURS, SCRIPT, Consoles

Room = tuple[Visiting, Consoles]


@pytest.fixture
async def room(firm: Klarruta, consoles: Consoles, clock: Clock) -> Room:
    """Give the company's visits and its consoles, on a Monday in winter."""
    clock.shift = datetime(2026, 11, 30, 8, tzinfo=UTC) - datetime.now(UTC)
    return Visiting(firm), consoles


def png(color: int = 0) -> bytes:
    """Give a small picture."""
    head = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + bytes([color] * 6) for _row in range(2)))

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def test_a_visit_is_planned_by_a_form_and_stands_in_the_calendar(room: Room) -> None:
    visiting, consoles = room
    karin = await visiting.contact()
    shown = await consoles.part("Elin", f"/visits/new?contact_id={karin}&at=2026-12-07T10:00")
    assert 'value="2026-12-07T10:00"' in shown.html
    assert 'value="Karin Ekdahl"' in shown.html
    nils = (await visiting.firm.who("Nils")).user_id
    answer = await consoles.press(
        "Elin", "/visits", contact_id=str(karin), at="2026-12-07T10:00", person=str(nils), minutes="90", travel="15",
        address="Storgatan 1", purpose="Take measurements", remind_by="", invites="on",
    )  # fmt: skip
    assert "Planned: Mon 7 Dec, 10:00-11:30" in answer.words
    week = await consoles.get("Elin", f"/visits?day=2026-12-09&who=user:{nils}")
    assert "Week 50, 7 Dec to 13 Dec 2026" in week.words
    [block] = re.findall(r'<article class="block[^>]*>.*?</article>', week.html, re.DOTALL)
    assert "at-13 for-6" in block
    assert week.html.count('class="way') == 2
    for words in ("10:00-11:30", "Karin Ekdahl", "Take measurements, Storgatan 1"):
        assert words in block


async def test_a_taken_hour_is_refused_in_words_with_times_to_press(room: Room) -> None:
    visiting, consoles = room
    karin = await visiting.contact()
    await visiting.plan(at("09:00"), karin)
    nils = (await visiting.firm.who("Nils")).user_id
    answer = await consoles.press(
        "Elin",
        "/visits",
        contact_id=str(karin),
        at="2026-12-07T10:30",
        person=str(nils),
        minutes="60",
        travel="0",
    )
    assert answer.status == 422
    assert "Nils Åkerman has a visit 7 December 2026 10:00-11:00" in answer.words
    assert re.findall(r'name="at" value="([^"]+)">', answer.html) == [
        "2026-12-07T11:00", "2026-12-07T12:00", "2026-12-07T13:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"contact_id": ""}, "Say whom it is with"), ({"at": "soon"}, "could not be read"),
        ({"person": "99999"}, "Choose who goes"), ({"minutes": "many"}, "whole minutes"),
        ({"at": "2020-01-01T10:00"}, "still to come"), ({"at": "9999-12-31T23:59"}, "still to come"),
    ],
)  # fmt: skip
async def test_what_makes_no_sense_is_said_at_its_field(
    room: Room, values: dict[str, str], words: str
) -> None:
    visiting, consoles = room
    nils = str((await visiting.firm.who("Nils")).user_id)
    said = {
        "contact_id": str(await visiting.contact()),
        "at": "2026-12-07T10:00",
        "person": nils,
        "minutes": "60",
    }
    answer = await consoles.press("Elin", "/visits", **{**said, **values})
    assert answer.status == 422
    assert words in answer.words


async def test_a_visit_is_moved_by_dropping_it_and_goes_back_by_undo(room: Room) -> None:
    visiting, consoles = room
    number = await visiting.plan(at("09:00"), await visiting.contact())
    johan = (await visiting.firm.who("Johan")).user_id
    answer = await consoles.press("Elin", f"/visits/{number}/moves", at="2026-12-08T13:15", person=str(johan))
    assert "Moved: Karin Ekdahl, Tue 8 Dec, 13:15-14:15" in answer.words
    assert (await visiting.now(number)).person_id == johan
    [undo] = re.findall(r'hx-delete="(/visits/[^"]+)"', answer.html)
    assert (
        "Back: Karin Ekdahl, Mon 7 Dec"
        in (await consoles.press("Elin", undo.replace("&amp;", "&"), "DELETE")).words
    )
    assert (await visiting.now(number)).starts_at == at("09:00")


async def test_a_drop_on_a_taken_hour_says_what_is_there_and_moves_nothing(room: Room) -> None:
    visiting, consoles = room
    karin = await visiting.contact()
    await visiting.plan(at("09:00"), karin)
    number = await visiting.plan(at("14:00"), karin)
    answer = await consoles.press("Elin", f"/visits/{number}/moves", at="2026-12-07T10:30", person="")
    assert (answer.status, "Free next" in answer.words) == (409, True)
    assert (await visiting.now(number)).starts_at == at("14:00")


async def test_others_see_that_an_hour_is_taken_but_not_with_whom(room: Room) -> None:
    visiting, consoles = room
    number = await visiting.plan(at("09:00"), await visiting.contact(), who="Johan", purpose="Secret windows")
    johan = (await visiting.firm.who("Johan")).user_id
    shown = await consoles.get("Nils", f"/visits?day=2026-12-07&who=user:{johan}")
    assert "Taken" in shown.words
    assert "Karin" not in shown.words
    assert "Secret" not in shown.words
    assert (await consoles.get("Nils", f"/visits/{number}")).status == 404
    assert (await consoles.press("Nils", f"/visits/{number}/cancellation")).status == 404


async def test_a_day_shows_a_column_for_each_person_and_a_week_of_several_a_list_a_day(room: Room) -> None:
    visiting, consoles = room
    karin = await visiting.contact()
    for who in ("Elin", "Johan"):
        await visiting.plan(at("09:00"), karin, who=who)
    place = (await visiting.firm.who("Elin")).department_id
    day = await consoles.get("Elin", f"/visits?view=day&day=2026-12-07&who=department:{place}")
    assert re.findall(r'data-day-words="([^"]+)"', day.html) == [
        "Elin Sandgren",
        "Johan Lindh",
        "Sofia Hjelm",
    ]
    week = await consoles.get("Elin", f"/visits?view=week&day=2026-12-07&who=department:{place}")
    assert "ES 10:00-11:00" in week.words
    assert "JL 10:00-11:00" in week.words
    for junk in ("day=soon", "who=user:x", "who=department:999999", "day=0001-01-01", "view=year"):
        assert (await consoles.get("Elin", f"/visits?{junk}")).status == 200


async def test_the_page_on_the_telephone_shows_the_way_the_call_and_what_is_done_there(room: Room) -> None:
    visiting, consoles = room
    number = await visiting.plan(at("09:00"), await visiting.contact(), address="Storgatan 1, Göteborg")
    shown = await consoles.get("Nils", f"/visits/{number}")
    assert "https://www.openstreetmap.org/search?query=Storgatan%201%2C%20G%C3%B6teborg" in shown.html
    assert 'href="mailto:karin@ekdahl.example"' in shown.html
    assert 'accept="image/jpeg,image/png,image/webp" capture="environment" multiple' in shown.html
    answer = await consoles.press("Nils", f"/visits/{number}/completion")
    assert "Done: Karin Ekdahl" in answer.words
    assert (await visiting.now(number)).state == "done"
    assert (await consoles.press("Nils", f"/visits/{number}/completion")).status == 409


async def test_what_was_written_down_at_a_visit_that_was_cancelled_meanwhile_is_a_note(room: Room) -> None:
    visiting, consoles = room
    karin = await visiting.contact()
    number = await visiting.plan(at("09:00"), karin)
    await consoles.press("Elin", f"/visits/{number}/cancellation", why="Ill")
    said = {"answer.windows": "7", "answer.sizes": "120 x 140\n90 x 90", "answer.remark": " "}
    answer = await consoles.press("Nils", f"/visits/{number}/completion", **said)
    assert (answer.status, "is a note on the card" in answer.words) == (200, True)
    assert f'href="/contacts/{karin}"' in answer.html
    card = (await consoles.get("Elin", f"/contacts/{karin}")).words
    assert "which was over when it came" in card
    assert "windows: 7 sizes: 120 x 140 90 x 90" in " ".join(card.split())
    assert "remark" not in card
    assert (await consoles.press("Nils", f"/visits/{number}/completion")).status == 409


async def photo(
    consoles: Consoles, name: str, number: int, content: bytes, key: str = "", file: str = "a.png"
) -> int:
    """Send a photo as the telephone does."""
    body = FormData()
    body.add_field("photos", content, filename=file, content_type="image/png")
    cookie = {"Cookie": f"ringback={await consoles._cookie(name)}"}
    address = f"/visits/{number}/photos" + (f"?key={key}" if key else "")
    async with consoles.client.post(address, data=body, headers=SCRIPT | cookie) as answer:
        return answer.status


async def test_a_photo_is_kept_once_however_often_it_is_sent(room: Room) -> None:
    visiting, consoles = room
    karin = await visiting.contact()
    number = await visiting.plan(at("09:00"), karin)
    for _again in range(3):
        assert await photo(consoles, "Nils", number, png(), "one") == 200
    assert await photo(consoles, "Nils", number, png(1), "two") == 200
    shown = await consoles.get("Nils", f"/visits/{number}")
    assert len(re.findall(r'<img src="/files/\d+\?look" alt="Photo"', shown.html)) == 2
    [note] = [each for each in await visiting.touches(karin) if each.kind == "note"]
    assert note.text == "Photos of the visit 7 December 2026 10:00"
    card = await consoles.get("Elin", f"/contacts/{karin}")
    assert card.html.count('class="small-picture"') >= 2


@pytest.mark.parametrize(
    "content", [b"", b"GIF", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", png()[:20]]
)
async def test_what_is_no_photo_is_refused(room: Room, content: bytes) -> None:
    visiting, consoles = room
    number = await visiting.plan(at("09:00"), await visiting.contact())
    assert await photo(consoles, "Nils", number, content, "one") == 415
    assert await photo(consoles, "Nils", number, png(), "a key with spaces".replace(" ", "%20")) == 409


async def test_a_signature_stands_on_the_visit_and_the_timeline(room: Room) -> None:
    visiting, consoles = room
    karin = await visiting.contact()
    number = await visiting.plan(at("09:00"), karin)
    drawn = "data:image/png;base64," + base64.b64encode(png()).decode()
    for _again in range(2):
        await consoles.press(
            "Nils", f"/visits/{number}/signature", signer="Karin Ekdahl", drawn=drawn, key="k1"
        )
    await consoles.press("Nils", f"/visits/{number}/signature", signer="Lars Nyman", drawn="", key="k2")
    texts = [each.text for each in await visiting.touches(karin) if each.kind == "note"]
    assert texts == ["Signed on glass by Karin Ekdahl", "Signed by Lars Nyman, typed"]
    shown = await consoles.get("Nils", f"/visits/{number}")
    assert "Signed by Karin Ekdahl, today 09:00" in shown.words
    for bad in ("data:text/html;base64,AAAA", "data:image/png;base64,%%%", drawn[:40], "x" * 500_000):
        answer = await consoles.press(
            "Nils", f"/visits/{number}/signature", signer="Karin", drawn=bad, key="k3"
        )
        assert answer.status == 422
    assert (
        await consoles.press("Nils", f"/visits/{number}/signature", signer=" ", drawn="", key="k4")
    ).status == 409


async def test_a_visit_is_called_off_and_takes_place_after_all(room: Room) -> None:
    visiting, consoles = room
    number = await visiting.plan(at("09:00"), await visiting.contact())
    answer = await consoles.press("Elin", f"/visits/{number}/cancellation", why="Ill")
    assert "Cancelled: Karin Ekdahl" in answer.words
    assert "Ill" in (await consoles.get("Elin", f"/visits/{number}")).words
    assert (
        "It takes place" in (await consoles.press("Elin", f"/visits/{number}/cancellation", "DELETE")).words
    )
    assert (await consoles.press("Elin", f"/visits/{number}/miss")).status == 409


async def test_the_deal_and_the_card_show_their_visits(room: Room) -> None:
    visiting, consoles = room
    karin = await visiting.contact()
    elin = await visiting.firm.who("Elin")

    def make(session: Session) -> int:
        pipeline = insert(session, Pipeline, name="Windows", position=0, retired_at=None)
        stage = insert(session, Stage, pipeline_id=pipeline, name="Request", position=0, probability=10, ends="",
                       required=[], stale_days=0, retired_at=None)  # fmt: skip
        deal = Deal(title="Seven windows", contact_id=karin, pipeline_id=pipeline, stage_id=stage, currency="SEK",
                    department_id=elin.department_id, responsible_id=elin.user_id)  # fmt: skip
        session.add(deal)
        session.flush()
        return deal.id

    deal_id = await visiting.firm.do(make)
    nils = str((await visiting.firm.who("Nils")).user_id)
    said = {"at": "2026-12-07T10:00", "person": nils, "minutes": "60", "travel": "0"}
    await consoles.press("Elin", "/visits", deal=str(deal_id), contact_id=str(karin), **said)
    for page in (f"/deals/{deal_id}", f"/contacts/{karin}"):
        assert "Mon 7 Dec, 10:00-11:00" in (await consoles.get("Elin", page)).words


async def test_a_calendar_elsewhere_is_open_by_a_secret_address_until_it_is_taken_back(room: Room) -> None:
    visiting, consoles = room
    number = await visiting.plan(at("09:00"), await visiting.contact("Åsa, Öberg; & co"), purpose="Measure")
    cancelled = await visiting.plan(at("12:00"), await visiting.contact("Lars", mail=""))
    await visiting.act(cancelled, appointment_deeds.cancel)
    shown = await consoles.send("Nils", "/my-calendar")
    [address] = re.findall(r'value="http://[^/]+(/calendar/[\w-]+)"', shown.html)
    assert address not in (await consoles.get("Nils", "/my-calendar")).html
    async with consoles.client.get(address) as answer:
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
        events = icalendar.Calendar.from_ical(await answer.read()).walk("VEVENT")
    assert [str(event["status"]) for event in events] == ["CONFIRMED", "CANCELLED"]
    assert str(events[0]["summary"]) == "Measure: Åsa, Öberg; & co"
    assert str(events[0]["url"]).endswith(f"/visits/{number}")
    assert events[0].decoded("dtend") - events[0].decoded("dtstart") == timedelta(hours=1)
    await consoles.send("Nils", "/my-calendar", _method="delete")
    for gone in (address, "/calendar/x", f"/calendar/{'x' * 500}"):
        async with consoles.client.get(gone) as answer:
            assert answer.status == 404


async def test_behind_a_proxy_the_address_of_a_calendar_is_what_the_browser_speaks(
    room: Room, tmp_path: Path, aiohttp_server: Callable[..., Awaitable[TestServer]],
    aiohttp_client: Callable[..., Awaitable[TestClient]],
) -> None:  # fmt: skip
    firm = room[0].firm
    app = await make_app(firm.db, tmp_path / "other", Settings(behind_proxy=True))
    consoles = Consoles(firm, await aiohttp_client(await aiohttp_server(app, auto_decompress=False)))
    told = await consoles.ask("Nils", "POST", "/my-calendar", OURS | {"X-Forwarded-Proto": "https"}, {})
    assert re.search(r'value="https://[^/]+/calendar/[\w-]+"', told.html)


async def test_who_left_has_no_calendar_elsewhere(room: Room) -> None:
    visiting, consoles = room
    [address] = re.findall(
        r'value="http://[^/]+(/calendar/[\w-]+)"', (await consoles.send("Nils", "/my-calendar")).html
    )
    await visiting.firm.dismiss("Nils")
    async with consoles.client.get(address) as answer:
        assert answer.status == 404


async def test_a_manager_says_what_customers_are_told(room: Room) -> None:
    _visiting, consoles = room
    rules = {"minutes": "45", "travel": "20", "reminds": "on", "language": "sv", "words_sv": "Vi ses {day}"}
    assert "Saved" in (await consoles.press("Maria", "/visit-settings", **rules)).words
    shown = await consoles.get("Maria", "/visit-settings")
    assert 'value="45"' in shown.html
    assert "Vi ses {day}" in shown.html
    assert "There is no SMS." in shown.words
    assert (await consoles.press("Maria", "/visit-settings", **{**rules, "minutes": "0"})).status == 422
    assert (await consoles.get("Elin", "/visit-settings")).status == 403
    assert 'value="45"' in (await consoles.part("Elin", "/visits/new")).html


async def test_programs_plan_move_and_end_visits(room: Room, api: Api) -> None:
    visiting, _consoles = room
    karin = await visiting.contact()
    nils = await visiting.firm.db.read(lambda session: find_user(session, "nils@klarruta.example").id)
    new = {
        "contact": karin,
        "person": nils,
        "starts_at": "2026-12-07T09:00:00Z",
        "minutes": 60,
        "before": 0,
        "after": 0,
    }
    made = await api.ask("POST", "/appointments", new, status=201)
    assert (made["state"], made["ends_at"], made["zone"]) == (
        "planned",
        "2026-12-07T10:00:00Z",
        "Europe/Stockholm",
    )
    refused = await api.ask("POST", "/appointments", {**new, "starts_at": "2026-12-07T09:30:00Z"}, status=409)
    assert "Free next: 7 December 2026 11:00" in refused["detail"]
    free = await api.ask("GET", f"/free-times?person={nils}&after=2026-12-07T09:30:00Z&minutes=60&most=2")
    assert free["times"] == ["2026-12-07T10:00:00Z", "2026-12-07T11:00:00Z"]
    path = f"/appointments/{made['id']}"
    for far in ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00%2B14:00"):
        await api.ask("GET", f"/free-times?person={nils}&after={far}", status=409)
        when = far.replace("%2B", "+")
        await api.ask("PATCH", path, {"starts_at": when}, status=409)
        await api.ask("POST", "/appointments", {**new, "starts_at": when}, status=409)
    moved = await api.ask("PATCH", path, {"starts_at": free["times"][1]})
    assert (moved["sequence"], moved["starts_at"]) == (1, "2026-12-07T11:00:00Z")
    assert [each["id"] for each in await api.items(f"/appointments?contact={karin}")] == [made["id"]]
    assert (await api.ask("POST", f"{path}/completion", {}))["state"] == "done"
    await api.ask("POST", f"{path}/completion", {}, status=409)
    await api.ask("POST", f"{path}/cancellation", {}, status=409)
    for junk in ({**new, "minutes": 0}, {**new, "starts_at": "2026-12-07"}, {**new, "remind_by": "sms"}):
        await api.ask("POST", "/appointments", junk, status=422)
    await api.ask("POST", "/appointments", {**new, "contact": 10**9}, status=409)
    await api.ask("GET", "/appointments/999999", status=404)


async def test_programs_have_a_visit_take_place_after_all_and_say_that_nobody_was_there(
    room: Room, api: Api, clock: Clock
) -> None:
    visiting, _consoles = room
    nils = await visiting.firm.db.read(lambda session: find_user(session, "nils@klarruta.example").id)
    new = {"contact": await visiting.contact(), "person": nils, "starts_at": "2026-12-07T09:00:00Z"}
    path = f"/appointments/{(await api.ask('POST', '/appointments', new, status=201))['id']}"
    await api.ask("POST", f"{path}/miss", status=409)
    assert (await api.ask("POST", f"{path}/cancellation", {"why": "Snow"}))["state"] == "cancelled"
    assert (await api.ask("DELETE", f"{path}/cancellation"))["state"] == "planned"
    await api.ask("POST", f"{path}/cancellation", {})
    await api.ask("POST", "/appointments", new, status=201)
    told = await api.ask("DELETE", f"{path}/cancellation", status=409)
    assert "Free next" in told["detail"]
    [other, _first] = await api.items("/appointments")
    clock.shift += datetime(2026, 12, 7, 10, tzinfo=UTC) - now()
    assert (await api.ask("POST", f"/appointments/{other['id']}/miss"))["state"] == "missed"
    await api.ask("POST", f"/appointments/{other['id']}/miss", status=409)
    await api.ask("POST", "/appointments/999999/miss", status=404)


async def test_a_hand_over_lists_visits_and_says_what_became_of_them(room: Room) -> None:
    visiting, consoles = room
    visit = await visiting.plan(at("09:00"), await visiting.contact(), purpose="Measure")
    nils, elin = [(await visiting.firm.who(name)).user_id for name in ("Nils", "Elin")]
    path = f"/people/{nils}/handover"
    shown = await consoles.get("Maria", path)
    assert "Visits 1 Karin Ekdahl Mon 7 Dec, 10:00-11:00, Measure, Storgatan 1" in shown.words
    done = await consoles.send("Maria", path, item=[f"appointment:{visit}"], to=f"user:{elin}")
    assert "Karin Ekdahl, Mon 7 Dec, 10:00-11:00" in (await consoles.get("Maria", done.location)).words
    assert "Visits 1" in (await consoles.get("Maria", f"/people/{elin}")).words
