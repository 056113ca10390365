"""Pages: who may open them, whole or in part, and how a change answers."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from aiohttp import web

from hub.users import Viewer
from hub.web import pages
from hub.web.environment import compile_whole, environment
from hub.web.frame import Company, Room, add_room, navigation
from hub.web.pages import Toast, changed, form, page, path_id, viewer_of
from tests.hub.web.conftest import SignIn, Visitor

HX = {"HX-Request": "true"}


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Declare a few pages more."""
    monkeypatch.setattr(pages, "PAGES", list(pages.PAGES))

    @page("GET", "/desk", role="head")
    async def desk(asking: web.Request) -> web.StreamResponse:
        return web.Response(text=f"desk of {viewer_of(asking).name}")

    @page("POST", "/things/{id}/done")
    async def do(asking: web.Request) -> web.StreamResponse:
        why = (await form(asking)).get("why", "")
        return await changed(asking, Toast(text=f"Done {path_id(asking)} {why}", undo="/things/7/done"))

    @page("DELETE", "/things/{id}/done")
    async def undo(asking: web.Request) -> web.StreamResponse:
        return await changed(asking, Toast(text=f"Undone {path_id(asking)}"), back="/journal")

    @page("DELETE", "/things/{id}")
    async def drop(asking: web.Request) -> web.StreamResponse:
        return await changed(asking, Toast(text="Dropped"))


async def test_who_is_not_signed_in_goes_there_and_comes_back(visitor: Visitor) -> None:
    answer = await visitor.get("/desk?x=1&y=2", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/signin?next=/desk%3Fx%3D1%26y%3D2")


async def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(visitor: Visitor) -> None:
    headers = HX | {"HX-Current-URL": "http://hub.example/today?whose=team"}
    answer = await visitor.get("/desk", headers=headers, allow_redirects=False)
    assert (answer.status, answer.headers["HX-Redirect"]) == (401, "/signin?next=/today%3Fwhose%3Dteam")


async def test_a_change_by_somebody_signed_out_leads_back_to_its_page(visitor: Visitor) -> None:
    answer = await visitor.post(
        "/things/7/done", headers={"Referer": "http://hub.example/today"}, allow_redirects=False
    )
    assert answer.headers["Location"] == "/signin?next=/today"


@pytest.mark.parametrize(
    ("role", "status"), [("agent", 403), ("head", 200), ("manager", 200), ("admin", 200)]
)
async def test_a_page_is_open_from_its_role_on(
    visitor: Visitor, sign_in: SignIn, role: str, status: int
) -> None:
    await sign_in(role)
    answer = await visitor.get("/desk")
    assert answer.status == status
    if status == 403:
        assert "heads of department" in await answer.text()


async def test_a_change_answers_a_script_with_a_toast(visitor: Visitor, sign_in: SignIn) -> None:
    await sign_in("agent")
    answer = await visitor.post("/things/7/done", headers=HX, data={"why": "rang"})
    words = await answer.text()
    assert answer.status == 200
    assert "Done 7 rang" in words
    assert "/things/7/done" in words


async def test_without_scripts_the_next_page_shows_the_toast_once(visitor: Visitor, sign_in: SignIn) -> None:
    await sign_in("manager")
    answer = await visitor.post("/things/7/done", headers={"Referer": str(visitor.make_url("/journal"))})
    assert answer.url.path == "/journal"
    assert "Done 7" in await answer.text()
    assert "Done 7" not in await (await visitor.get("/journal")).text()


async def test_a_form_stands_for_delete(visitor: Visitor, sign_in: SignIn) -> None:
    await sign_in("agent")
    taken_back = await visitor.post("/things/7/done", headers=HX, data={"_method": "delete"})
    assert "Undone 7" in await taken_back.text()
    assert "Dropped" in await (await visitor.post("/things/7", headers=HX, data={"_method": "delete"})).text()
    assert (await visitor.post("/things/7", headers=HX)).status == 405
    assert "Undone 7" in await (await visitor.delete("/things/7/done", headers=HX)).text()


@pytest.mark.parametrize(
    "number", ["0", "-1", "x", "1.5", "9223372036854775808", "9" * 30, "\N{ARABIC-INDIC DIGIT SEVEN}"]
)
async def test_what_is_no_id_is_not_found(visitor: Visitor, sign_in: SignIn, number: str) -> None:
    await sign_in("agent")
    assert (await visitor.post(f"/things/{number}/done")).status == 404


async def test_a_form_that_cannot_be_read_is_a_problem(visitor: Visitor, sign_in: SignIn) -> None:
    await sign_in("agent")
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await visitor.post("/things/7/done", data=b"nothing", headers=broken)).status == 400
    assert (await visitor.post("/things/7/done", data={"why": "a\0b"})).status == 422
    assert (await visitor.post("/things/7/done", data=io.BytesIO(bytes(2_000_000)))).status == 413
    odd = {"Content-Type": "application/x-www-form-urlencoded; charset=klingon"}
    assert (await visitor.post("/things/7/done", data=b"why=x", headers=odd)).status == 400


async def test_a_broken_toast_cookie_does_no_harm(visitor: Visitor, sign_in: SignIn) -> None:
    await sign_in("manager")
    visitor.session.cookie_jar.update_cookies({"ringback-toast": "%FF{"}, visitor.make_url("/"))
    assert (await visitor.get("/journal")).status == 200


def test_rooms_are_shown_to_who_may_enter_in_their_order() -> None:
    add_room(Room(href="/vault", name="Vault", icon="gear", order=99, role="admin"))
    admin = navigation(Viewer(1, "admin", None, "Annika"), "/vault/7", {"/vault": 3})
    agent = navigation(Viewer(2, "agent", None, "Elin"), "/", {})
    assert (admin[-1].name, admin[-1].count, admin[-1].current) == ("Vault", 3, True)
    assert "Vault" not in [entry.name for entry in agent]
    assert [entry.current for entry in admin[:-1]] == [False] * (len(admin) - 1)


def test_what_was_compiled_whole_asks_for_no_file_when_it_is_first_shown(tmp_path: Path) -> None:
    shown = {"call.html": "{% include 'who.html' %}!", "who.html": "{% if name %}{% include 'name.html' %}{% endif %}",
             "name.html": "{{ name }}"}  # fmt: skip
    for name, text in shown.items():
        (tmp_path / name).write_text(text)
    templates = environment([tmp_path], Company)
    compile_whole(templates, "call.html")
    for name in shown:
        (tmp_path / name).unlink()
    assert templates.get_template("call.html").render(name="Karin") == "Karin!"
