"""The pages of signing in: mail and password, tries left, and the single-use link."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import signin
from hub.clock import Clock
from hub.db import Database
from hub.users import User, add_user
from tests.hub.web.conftest import SignIn, Visitor

ELIN = "elin@klarruta.example"
PASSWORD = "correct horse battery"  # noqa: S105
CHOSEN = {"name": "Annika Kron", "mail": "annika@klarruta.example", "password": PASSWORD, "again": PASSWORD}


@pytest.fixture
async def elin(db: Database) -> None:
    """Let Elin have a password."""

    def add(session: Session) -> None:
        user = add_user(session, ELIN, "Elin Sandgren", "agent")
        user.password_hash = signin.hash_password(PASSWORD)

    await db.write(add)


@pytest.fixture
async def first(db: Database) -> str:
    """Give the address of the first admin's link."""
    return f"/welcome/{await db.write(lambda session: signin.make_link(session, None))}"


@pytest.mark.usefixtures("elin")
async def test_the_right_password_lets_in_and_leads_on(visitor: Visitor) -> None:
    fields = {"mail": ELIN, "password": PASSWORD, "next": "/tasks/7?open=note", "stay": "on"}
    answer = await visitor.post("/signin", data=fields, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/tasks/7?open=note")
    cookie = answer.cookies["ringback"]
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", "")
    assert int(cookie["max-age"]) > 0
    again = await visitor.get("/signin", allow_redirects=False)
    assert again.headers["Location"] == "/today"


@pytest.mark.usefixtures("elin")
async def test_without_stay_the_browser_forgets(visitor: Visitor) -> None:
    fields = {"mail": ELIN, "password": PASSWORD}
    answer = await visitor.post("/signin", data=fields, allow_redirects=False)
    assert answer.cookies["ringback"]["max-age"] == ""


@pytest.mark.usefixtures("elin")
@pytest.mark.parametrize(
    "onward", ["//evil.example/x", "https:evil.example", "/\\evil.example", "javascript:alert(1)"]
)
async def test_nobody_is_led_to_a_foreign_page(visitor: Visitor, onward: str) -> None:
    fields = {"mail": ELIN, "password": PASSWORD, "next": onward}
    answer = await visitor.post("/signin", data=fields, allow_redirects=False)
    assert answer.headers["Location"] == "/today"


@pytest.mark.usefixtures("elin")
@pytest.mark.parametrize("mail", [ELIN, "nobody@klarruta.example"])
async def test_a_wrong_password_and_an_unknown_person_look_the_same(visitor: Visitor, mail: str) -> None:
    answer = await visitor.post("/signin", data={"mail": mail, "password": "wrong"})
    page = await answer.text()
    assert answer.status == 422
    assert "Mail and password do not belong together. 4 tries left." in page
    assert "wrong" not in page.replace("Something is wrong", "")


@pytest.mark.usefixtures("elin")
async def test_after_five_tries_even_the_right_password_waits(visitor: Visitor, clock: Clock) -> None:
    for _ in range(5):
        await visitor.post("/signin", data={"mail": ELIN, "password": "wrong"})
    right = {"mail": ELIN, "password": PASSWORD}
    closed = await visitor.post("/signin", data=right)
    assert closed.status == 429
    assert "You can try again at" in await closed.text()
    assert int(closed.headers["Retry-After"]) <= 900
    clock.advance(minutes=16)
    assert (await visitor.post("/signin", data=right, allow_redirects=False)).status == 303


async def test_signing_out_ends_it_everywhere(visitor: Visitor, sign_in: SignIn, db: Database) -> None:
    token = await sign_in("agent")
    answer = await visitor.post("/signout", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/signin")
    assert await db.read(signin.find, token) is None


async def test_the_first_link_makes_an_admin_who_is_signed_in(
    visitor: Visitor, first: str, db: Database
) -> None:
    assert (await visitor.get(first)).status == 200
    answer = await visitor.post(first, data=CHOSEN, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/today")
    user = await db.read(lambda session: session.scalars(select(User)).one())
    assert (user.email, user.role) == ("annika@klarruta.example", "admin")
    assert (await visitor.get("/journal")).status == 200
    assert (await visitor.get(first)).status == 410


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"password": "short"}, "12 characters at least."),
        ({"again": "something else"}, "The two are not the same."),
        ({"mail": "nobody"}, "This is no mail address."),
        ({"name": " "}, "What are you called?"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_the_link_still_works(
    visitor: Visitor, first: str, wrong: dict[str, str], words: str
) -> None:
    answer = await visitor.post(first, data=CHOSEN | wrong)
    assert answer.status == 422
    assert words in await answer.text()
    assert (await visitor.post(first, data=CHOSEN, allow_redirects=False)).status == 303


@pytest.mark.usefixtures("elin")
async def test_a_forgotten_password_is_replaced_and_the_mail_stays(visitor: Visitor, db: Database) -> None:
    def link(session: Session) -> str:
        return signin.make_link(session, session.scalars(select(User)).one())

    token = await db.write(link)
    fields = {
        "name": "Elin S.",
        "mail": "other@klarruta.example",
        "password": "a new one 1234",
        "again": "a new one 1234",
    }
    await visitor.post(f"/welcome/{token}", data=fields, allow_redirects=False)
    user = await db.read(lambda session: session.scalars(select(User)).one())
    assert (user.email, user.name) == (ELIN, "Elin S.")
    assert user.password_hash is not None
    assert signin.check_password(user.password_hash, "a new one 1234")
