"""People, departments, absence and hand-over: from an invitation by link to everything handed over and taken back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.calendars import Absence, away
from crm.contacts import Contact
from crm.handover_items import Handover
from crm.policies import Policy
from crm.tasks import Task
from hub import audit, signin
from hub.clock import now
from hub.signin import SignIn
from hub.users import Department, User, add_user, find_user
from tests.crm.klarruta import Klarruta
from tests.crm.web.console import OURS, Consoles

PASSWORD = "three words are good"  # noqa: S105 - a test's own


@pytest.fixture
async def consoles(firm: Klarruta, client: TestClient) -> Consoles:
    """Give everybody a console of one hub; Annika sets it up."""
    await firm.do(add_user, "annika@klarruta.example", "Annika Kron", "admin")
    return Consoles(firm, client)


async def user(firm: Klarruta, name: str) -> User:
    """Give somebody as he is now."""
    return await firm.do(find_user, f"{name.lower()}@klarruta.example")


def typed(who: User, **other: str) -> dict[str, str]:
    """Give a person's form as it stands."""
    stands = {"name": who.name, "email": who.email, "role": who.role, "extension": who.extension}
    return {**stands, "department": str(who.department_id or ""), **other}


async def verbs(firm: Klarruta, kind: str, record: int) -> list[str]:
    """Give what was done to a record, the oldest first."""
    entries = await firm.do(audit.history, kind, record)
    return [f"{entry.who} {entry.verb}" for entry in reversed(entries)]


async def test_one_is_invited_works_is_away_and_everything_is_handed_over_and_taken_back(
    firm: Klarruta, consoles: Consoles, client: TestClient
) -> None:
    shown = await consoles.send(
        "Annika", "/people", name="Lena Falk", email="lena@klarruta.example", role="agent", department="1"
    )
    link = re.search(r'value="(http[^"]*/welcome/[^"]+)"', shown.html)
    assert link is not None
    assert "/welcome/" not in (await consoles.get("Annika", "/people/7")).html  # shown this once
    assert "not here yet" in (await consoles.get("Annika", "/people?q=lena")).words
    fields = {"name": "Lena Falk", "password": PASSWORD, "again": PASSWORD}
    path = "/welcome/" + link[1].rpartition("/")[2]
    async with client.post(path, data=fields, headers=OURS, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/today")
    client.session.cookie_jar.clear()

    first, second = (
        await firm.request("Karin Ekdahl", to="Lena"),
        await firm.request("Mats Forsling", to="Lena"),
    )
    lena = await user(firm, "Lena")
    await firm.do(lambda session: setattr(session.get_one(Contact, 1), "responsible_id", lena.id))
    today, later = f"{now():%Y-%m-%d}", f"{now() + timedelta(days=7):%Y-%m-%d}"
    away_form = {"user": str(lena.id), "since": today, "until": later, "why": "Ill", "substitute": "2"}
    told = (await consoles.press("Lena", "/absences/preview", **away_form)).words
    assert "2 tasks are due meanwhile" in told
    assert "Johan Lindh is told of what breaks" in told
    assert (await consoles.press("Lena", "/absences", **away_form)).status == 200
    assert await firm.do(away, [lena.id], now() + timedelta(days=1))

    items = [f"task:{first}", f"task:{second}", "contact:1"]
    given = await consoles.send("Sofia", f"/people/{lena.id}/handover", item=items, to="user:2", **{
        f"to-task:{second}": "department:2"
    })  # fmt: skip
    assert given.location == "/handovers/1"
    assert ((await firm.task(first)).assignee_id, (await firm.task(second)).department_id) == (2, 2)
    await firm.do(lambda session: setattr(session.get_one(Task, second), "assignee_id", 4))
    back = await consoles.press("Sofia", "/handovers/1", "DELETE")
    assert "2 records went back; 1 were left alone" in back.words
    assert ((await firm.task(first)).assignee_id, (await firm.task(second)).assignee_id) == (lena.id, 4)
    assert "Left alone: went on to somebody else" in (await consoles.get("Sofia", "/handovers/1")).words
    assert (await firm.do(lambda session: session.get_one(Contact, 1))).responsible_id == lena.id
    assert await verbs(firm, "handover", 1) == ["Sofia Hjelm made", "Sofia Hjelm changed"]


async def test_what_names_somebody_is_handed_over_with_the_rest(firm: Klarruta, consoles: Consoles) -> None:
    nils, elin = await user(firm, "Nils"), await user(firm, "Elin")
    path = f"/people/{nils.id}/handover"

    def name_him(session: Session) -> None:
        policy = session.scalars(select(Policy).order_by(Policy.id)).first()
        assert policy is not None
        policy.steps, policy.name = [*policy.steps, {"after": 60, "tell": f"user:{nils.id}"}], "Quick answers"

    assert "Named in" not in (await consoles.get("Maria", path)).words
    await firm.do(name_him)
    asked = await consoles.get("Maria", path)
    assert "Named in processes and promises" in asked.words
    assert "What is still to come where Nils Åkerman is named Quick answers" in asked.words
    given = await consoles.send("Maria", path, item=f"naming:{nils.id}", to=f"user:{elin.id}")
    assert given.location == "/handovers/1"
    shown = await consoles.get("Maria", "/handovers/1")
    assert "What is still to come Processes and promises Elin Sandgren" in shown.words
    assert "Quick answers: goes to Elin Sandgren by now" in (await consoles.get("Maria", path)).words
    assert "1 record went back" in (await consoles.press("Maria", "/handovers/1", "DELETE")).words
    assert "by now" not in (await consoles.get("Maria", path)).words
    refused = await consoles.send("Maria", path, item=f"naming:{elin.id}", to="user:1")  # that is another's
    assert "None of it is his any more" in refused.words


async def test_everybody_sees_colleagues_and_only_who_leads_opens_them(
    firm: Klarruta, consoles: Consoles
) -> None:
    words = (await consoles.get("Elin", "/people")).words
    assert "Nils Åkerman nils@klarruta.example Service" in words
    assert "Last here" not in words
    found = [(await consoles.get(name, "/people/2")).status for name in ("Elin", "Nils", "Sofia", "Maria")]
    assert found == [404, 404, 200, 200]
    johan = typed(await user(firm, "Johan"), role="manager")
    assert [(await consoles.press(name, "/people/2", **johan)).status for name in ("Sofia", "Maria")] == [
        403,
        403,
    ]


async def test_a_person_is_changed_and_the_change_stands_in_his_history(
    firm: Klarruta, consoles: Consoles
) -> None:
    johan = await user(firm, "Johan")
    changed = await consoles.press("Annika", "/people/2", **typed(johan, role="head", extension="202"))
    assert "Saved: Johan Lindh" in changed.words
    words = (await consoles.get("Annika", "/audit/user/2")).words
    assert "Annika Kron changed Role agent → head Extension 202" in words
    wrong = await consoles.press("Annika", "/people/3", **typed(await user(firm, "Sofia"), extension="202"))
    assert (wrong.status, "Johan Lindh is rung at this extension" in wrong.words) == (422, True)


async def test_the_last_admin_stays_and_nobody_sends_himself_away(firm: Klarruta, consoles: Consoles) -> None:
    annika = await user(firm, "Annika")
    demoted = await consoles.press("Annika", f"/people/{annika.id}", **typed(annika, role="agent"))
    assert (demoted.status, "is the last admin" in demoted.words) == (409, True)
    assert (await consoles.press("Annika", f"/people/{annika.id}/leave")).status == 409
    await consoles.press("Annika", "/people/5", **typed(await user(firm, "Maria"), role="admin"))
    assert (await consoles.press("Maria", f"/people/{annika.id}/leave")).status == 200
    assert (
        "is the last admin"
        in (await consoles.press("Maria", "/people/5", **typed(await user(firm, "Maria"), role="head"))).words
    )


async def test_who_is_let_in_no_more_is_out_until_that_is_undone(firm: Klarruta, consoles: Consoles) -> None:
    assert (await consoles.get("Johan", "/today")).status == 200
    gone = await consoles.press("Annika", "/people/2/leave")
    assert 'hx-delete="/people/2/leave"' in gone.html
    assert (await consoles.get("Johan", "/today")).location.startswith("/signin")
    await consoles.press("Annika", "/people/2/leave", "DELETE")
    assert (await user(firm, "Johan")).disabled_at is None


async def test_a_new_link_voids_the_old_one(firm: Klarruta, consoles: Consoles, client: TestClient) -> None:
    old = await firm.do(lambda session: signin.make_link(session, session.get_one(User, 2)))
    shown = await consoles.send("Annika", "/people/2/link")
    new = re.search(r"/welcome/([\w-]+)", shown.html)
    assert new is not None
    assert [(await client.get(f"/welcome/{token}")).status for token in (old, new[1])] == [410, 200]
    await consoles.press("Annika", "/people/2/link", "DELETE")
    assert (await client.get(f"/welcome/{new[1]}")).status == 410


async def test_my_own_sign_ins_are_mine_to_end_and_others_are_not(firm: Klarruta, consoles: Consoles) -> None:
    other = await firm.do(
        lambda session: signin.start(session, 1, lasts=timedelta(days=1), agent="Firefox/1 Linux")
    )
    assert "Firefox, Linux" in (await consoles.get("Elin", "/people/me")).words
    row = await firm.do(lambda session: session.scalars(select(SignIn.id).where(SignIn.agent != "")).one())
    assert (await consoles.press("Johan", f"/sign-ins/{row}", "DELETE")).status == 404
    assert (await consoles.press("Johan", "/people/1/sign-ins", "DELETE")).status == 404
    assert (await consoles.press("Elin", "/people/1/sign-ins", "DELETE")).status == 200
    assert await firm.do(signin.find, other) is None
    assert (await consoles.get("Elin", "/people/me")).status == 200


async def test_who_knows_the_old_password_chooses_a_new_one(firm: Klarruta, consoles: Consoles) -> None:
    hashed = signin.hash_password("correct horse battery")
    await firm.do(lambda session: setattr(session.get_one(User, 1), "password_hash", hashed))
    new = {"password": PASSWORD, "again": PASSWORD}
    wrong = await consoles.press("Elin", "/people/me/password", old="battery", **new)
    assert (wrong.status, "This is not your password" in wrong.words) == (422, True)
    assert (
        await consoles.press("Elin", "/people/me/password", old="correct horse battery", **new)
    ).status == 200
    assert signin.check_password((await user(firm, "Elin")).password_hash, PASSWORD)


async def test_an_absence_is_for_oneself_and_for_those_one_leads(firm: Klarruta, consoles: Consoles) -> None:
    day = f"{now() + timedelta(days=2):%Y-%m-%d}"
    form = {"user": "2", "since": day, "until": day}
    assert (await consoles.press("Elin", "/absences", **form)).status == 409
    assert (await consoles.press("Sofia", "/absences", **form)).status == 200
    assert (await consoles.press("Elin", "/absences/1", "DELETE")).status == 404
    ended = await consoles.press("Johan", "/absences/1", "DELETE")
    assert 'hx-delete="/absences/1/end"' in ended.html
    assert "Everybody is here" in (await consoles.get("Elin", "/absences")).words
    await consoles.press("Johan", "/absences/1/end", "DELETE")
    assert "Johan Lindh" in (await consoles.part("Elin", "/absences")).words
    row = await firm.do(lambda session: session.get_one(Absence, 1))
    assert row.until - row.since == timedelta(days=1)


async def test_a_department_is_made_led_and_retired_with_its_work_moved(
    firm: Klarruta, consoles: Consoles
) -> None:
    made = await consoles.send(
        "Annika", "/departments", name="Workshop", distribution="turn", head="4", deputy="1"
    )
    assert made.location == "/departments/3"
    assert (
        "There is a department of this name"
        in (await consoles.send("Annika", "/departments", name="Sales", distribution="take")).words
    )
    task = await firm.request(of="Service")
    assert (await consoles.press("Annika", "/departments/2", "DELETE")).status == 409
    retired = await consoles.press("Annika", "/departments/2", "DELETE", to="3")
    assert "Retired: Service" in retired.words
    assert ((await firm.task(task)).department_id, (await user(firm, "Nils")).department_id) == (3, 3)
    assert (
        "Service" not in (await consoles.part("Elin", f"/tasks/{await firm.request()}?open=handover")).words
    )
    await consoles.press("Annika", "/departments/2/retirement", "DELETE")
    place = await firm.do(lambda session: session.get_one(Department, 2))
    assert place.retired_at is None


async def test_a_hand_over_of_others_is_not_found(firm: Klarruta, consoles: Consoles) -> None:
    task = await firm.request(to="Johan")
    assert (await consoles.get("Elin", "/people/2/handover")).status == 404
    sent = await consoles.send("Johan", "/people/2/handover", item=[f"task:{task}"], to="")
    assert sent.status == 409
    assert await firm.do(lambda session: session.scalars(select(Handover)).all()) == []
