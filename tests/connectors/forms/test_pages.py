"""A form's public side: its page works without scripts, and its script draws it anywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from connectors.forms import FormField, Forms, pages
from hub.blobs import Blobs
from hub.bus import LocalBus
from hub.channels import Channel, Channels
from hub.clock import Clock, now
from hub.db import Database
from hub.journal import Inbound
from hub.settings import Settings
from hub.web import setup
from hub.web.frame import Company
from hub.web.keys import BLOBS, BUS, CHANNELS, DB, SETTINGS

ASKED = (
    FormField(name="about", label="What is it about?", kind="choice", choices=("Windows", "Doors")),
    FormField(name="name", label="Name <b>", required=True),
    FormField(name="phone", kind="tel"),
    FormField(name="pictures", label="Pictures", kind="file"),
)

SESAME = "SESAME"

Open = Callable[..., Awaitable[TestClient]]


@pytest.fixture
def visit(
    db: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    aiohttp_server: Callable[..., Awaitable[TestServer]],
    aiohttp_client: Callable[..., Awaitable[TestClient]],
) -> Open:
    """Give what opens a hub whose only channel is a form with these settings."""
    monkeypatch.setattr(pages, "drawing", lambda: "draw(FORM)")

    async def opened(**values: object) -> TestClient:
        settings = {
            "title": "A price for your windows",
            "fields": [vars_of(field) for field in ASKED],
            **values,
        }
        row = Channel(name="website", title="Website", kind="form", token=SESAME, settings=settings)
        await db.write(lambda session: session.add(row))
        app = web.Application()
        app[DB], app[BUS], app[SETTINGS], app[BLOBS] = db, LocalBus(), Settings(), Blobs(tmp_path / "blobs")
        app[CHANNELS] = Channels(db)
        await app[CHANNELS].load()
        setup.install(app, company=lambda: Company(name="Klarruta Fönster", line="031-390 06 00"))
        app.router.add_routes(Forms.routes())
        return await aiohttp_client(await aiohttp_server(app, auto_decompress=False))

    return opened


def vars_of(field: FormField) -> dict[str, object]:
    """Give a field as it stands in a channel's settings."""
    return {name: getattr(field, name) for name in field.__struct_fields__}


def inputs(html: str) -> dict[str, str]:
    """Give the hidden inputs of a page."""
    return dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', html))


def policy(headers: Mapping[str, str]) -> dict[str, str]:
    """Give the security policy, a rule each."""
    rules = headers["Content-Security-Policy"].split("; ")
    return dict(rule.split(" ", 1) for rule in rules)


async def test_anybody_can_open_a_form_and_send_it_without_scripts(
    visit: Open, db: Database, clock: Clock
) -> None:
    visitor = await visit(thanks="We ring you back.")
    html = await (await visitor.get("/forms/SESAME")).text()
    assert 'method="post" action="/in/website/SESAME" enctype="multipart/form-data"' in html
    clock.advance(seconds=20)
    answers = {**inputs(html), "name": "Karin Ekdahl", "phone": "070-174 06 12", "_gotcha": ""}
    async with visitor.post("/in/website/SESAME", data=answers, headers={"Accept": "text/html"}) as answer:
        assert answer.url.path == "/forms/SESAME/thanks"
        assert "We ring you back." in await answer.text()
    raw = await db.read(lambda session: session.query(Inbound).one())
    assert b"Karin" in raw.body


async def test_the_page_asks_what_the_owner_set_up(visit: Open) -> None:
    html = await (await (await visit(intro="Four questions.")).get("/forms/SESAME")).text()
    assert "Klarruta Fönster" in html
    assert "Four questions." in html
    assert "Name &lt;b&gt;" in html
    assert re.search(r'name="name"[^>]* required', html)
    assert re.search(r'type="tel"[^>]*', html)
    assert re.search(r'type="radio" name="about" value="Windows"', html)
    assert 'type="file"' in html


async def test_each_visit_has_its_own_nonce_and_is_not_kept_by_anybody(visit: Open) -> None:
    visitor = await visit()
    first, second = [await visitor.get("/forms/SESAME") for _ in range(2)]
    one, other = inputs(await first.text()), inputs(await second.text())
    assert one["_nonce"] != other["_nonce"]
    assert abs(float(one["_ts"]) - now().timestamp()) < 10
    assert first.headers["Cache-Control"] == "no-store"


async def test_a_marked_link_is_taken_along(visit: Open) -> None:
    visitor = await visit()
    html = await (
        await visitor.get('/forms/SESAME?utm_source=letter"><b>&gclid=7&name=Eva&_next=//evil.example')
    ).text()
    assert inputs(html)["gclid"] == "7"
    assert inputs(html)["utm_source"] == "letter&#34;&gt;&lt;b&gt;"
    assert "evil" not in html
    assert "Eva" not in html


@pytest.mark.parametrize(
    "path", ["/forms/OTHER", "/forms/OTHER/thanks", "/forms/OTHER.js", "/forms/%00", "/forms/SESAME/x"]
)
async def test_an_unknown_form_is_not_found(visit: Open, path: str) -> None:
    assert (await (await visit()).get(path)).status == 404


async def test_a_channel_of_another_kind_has_no_page(visit: Open) -> None:
    visitor = await visit()
    known = visitor.server.app[CHANNELS]
    known._by_token["SESAME"].connector.settings = object()
    assert (await visitor.get("/forms/SESAME")).status == 404


async def test_the_forms_own_sites_may_frame_it_and_be_led_to(visit: Open) -> None:
    visitor = await visit(origins=["https://klarruta.example"])
    for path in ("/forms/SESAME", "/forms/SESAME/thanks"):
        rules = policy((await visitor.get(path)).headers)
        assert rules["frame-ancestors"] == "'self' https://klarruta.example"
        assert rules["form-action"] == "'self' https://klarruta.example"


async def test_a_form_without_sites_is_framed_by_nobody_else(visit: Open) -> None:
    rules = policy((await (await visit()).get("/forms/SESAME")).headers)
    assert rules["frame-ancestors"] == "'self'"
    assert rules["form-action"] == "'self'"


async def test_a_form_for_every_site_is_framed_by_every_site(visit: Open) -> None:
    rules = policy((await (await visit(origins=["*"])).get("/forms/SESAME")).headers)
    assert rules["frame-ancestors"] == "'self' *"
    assert rules["form-action"] == "'self' https: http:"


async def test_the_thanks_lead_back_to_the_site(visit: Open) -> None:
    visitor = await visit(origins=["*", "https://klarruta.example"])
    html = await (await visitor.get("/forms/SESAME/thanks")).text()
    assert '<a class="btn" href="https://klarruta.example">' in html


async def test_the_script_carries_the_form_before_what_draws_it(visit: Open) -> None:
    visitor = await visit(title="</script><b>", thanks="Thank you.")
    answer = await visitor.get("/forms/SESAME.js")
    found = re.fullmatch(r"\{const FORM=(.*);draw\(FORM\)\}", await answer.text())
    assert found
    form = json.loads(found[1])
    assert form["action"] == f"http://{visitor.host}:{visitor.port}/in/website/SESAME"
    assert (form["token"], form["title"], form["thanks"]) == ("SESAME", "</script><b>", "Thank you.")
    assert [field["kind"] for field in form["fields"]] == ["choice", "text", "tel", "file"]


async def test_the_script_is_for_every_page_and_kept_for_minutes(visit: Open) -> None:
    answer = await (await visit()).get("/forms/SESAME.js", headers={"Origin": "https://anybody.example"})
    assert answer.content_type == "text/javascript"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Cache-Control"] == "public, max-age=300"


async def test_nobody_is_signed_in_or_looked_up_on_these_pages(visit: Open) -> None:
    answer = await (await visit()).get("/forms/SESAME", headers={"Cookie": "ringback=stolen"})
    assert answer.status == 200
    assert "Set-Cookie" not in answer.headers
