"""Templates and signatures: who leads changes them, who writes has them filled in."""

from __future__ import annotations

from sqlalchemy import select

from crm.letter_templates import LetterTemplate
from hub.users import User
from tests.crm.mailbox import Mailbox, letter
from tests.crm.web.console import Consoles
from tests.crm.writing import Desk

WORDS = {"name": "Welcome", "shortcut": "/Welcome", "subject": "Hello {contact.first_name}",
         "text": "Welcome, {contact.name}. I am {user.first_name}.", "department": "0"}  # fmt: skip


async def test_a_template_is_made_and_offered_with_its_blanks_filled_in(
    mailbox: Mailbox, consoles: Consoles
) -> None:
    await consoles.press("Maria", "/letter-templates", **WORDS)
    came = await mailbox.gets(letter())
    shown = await consoles.press("Elin", f"/contacts/{came.contact}/drafts", how="new")
    assert 'data-insert="Welcome, Karin Nyman. I am Elin."' in shown.html
    assert 'data-shortcut="welcome"' in shown.html
    assert 'data-subject="Hello Karin"' in shown.html


async def test_a_head_changes_those_of_the_department_alone(mailbox: Mailbox, consoles: Consoles) -> None:
    await consoles.press("Maria", "/letter-templates", **WORDS)
    await consoles.press("Sofia", "/letter-templates", **WORDS | {"name": "Ours", "shortcut": "ours"})
    rows = await mailbox.db.read(lambda session: session.scalars(select(LetterTemplate)).all())
    everybodys, ours = sorted(rows, key=lambda row: row.name, reverse=True)
    shown = await consoles.get("Sofia", "/letter-templates")
    assert f'id="template-{ours.id}"' in shown.html
    assert f'id="template-{everybodys.id}"' not in shown.html
    refused = await consoles.press("Sofia", f"/letter-templates/{everybodys.id}", **WORDS)
    assert (refused.status, everybodys.department_id) == (404, None)
    assert (await consoles.get("Elin", "/letter-templates")).status == 403


async def test_what_is_wrong_with_one_is_said(mailbox: Mailbox, consoles: Consoles) -> None:
    del mailbox
    await consoles.press("Maria", "/letter-templates", **WORDS)
    again = await consoles.press("Maria", "/letter-templates", **WORDS)
    assert (again.status, "Another template has this shortcut." in again.words) == (422, True)
    odd = await consoles.press(
        "Maria", "/letter-templates", **WORDS | {"shortcut": "", "text": "{user.shoes}"}
    )
    assert "There is no {user.shoes}" in odd.words


async def test_a_retired_one_is_offered_no_more_and_comes_back(mailbox: Mailbox, consoles: Consoles) -> None:
    await consoles.press("Maria", "/letter-templates", **WORDS)
    (row,) = await mailbox.db.read(lambda session: session.scalars(select(LetterTemplate)).all())
    came = await mailbox.gets(letter())
    await consoles.press("Maria", f"/letter-templates/{row.id}", "DELETE")
    gone = await consoles.press("Elin", f"/contacts/{came.contact}/drafts", how="new")
    assert "data-insert" not in gone.html
    await consoles.press("Maria", f"/letter-templates/{row.id}/retirement", "DELETE")
    back = await consoles.press("Elin", f"/contacts/{came.contact}/drafts", how="new")
    assert "data-insert" in back.html


async def test_ones_own_signature_stands_below_letters_else_the_departments(
    mailbox: Mailbox, consoles: Consoles
) -> None:
    sales = (await mailbox.firm.who("Sofia")).department_id
    await consoles.press("Sofia", f"/signatures/{sales}", text="{department.name}, {company.name}")
    await mailbox.gets(letter())
    elin = await Desk.of(mailbox, "Elin")
    await elin.answers("It does.")
    assert "\n\n-- \nSales, Klarruta Fönster\n\n" in (await elin.command()).text
    await consoles.press("Elin", "/signature", text="{user.name}\n{user.mail}")
    await elin.answers("It does.")
    assert "\n\n-- \nElin Sandgren\nelin@klarruta.example\n\n" in (await elin.command()).text
    assert "{user.name}" in (await consoles.get("Elin", "/signature")).words


async def test_a_head_without_a_department_makes_none_for_everybody(
    mailbox: Mailbox, consoles: Consoles
) -> None:
    await consoles.press("Maria", "/letter-templates", **WORDS)
    sofia = await mailbox.firm.who("Sofia")
    await mailbox.db.write(
        lambda session: setattr(session.get_one(User, sofia.user_id), "department_id", None)
    )
    made = await consoles.press("Sofia", "/letter-templates", **WORDS | {"name": "Ours", "shortcut": "ours"})
    rows = await mailbox.db.read(lambda session: session.scalars(select(LetterTemplate)).all())
    assert (made.status, [row.name for row in rows]) == (403, ["Welcome"])
    assert 'id="template-' not in (await consoles.get("Sofia", "/letter-templates")).html
