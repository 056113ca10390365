"""Web hooks in the settings: for admins alone, each with a secret that is shown once."""

from __future__ import annotations

from crm import web_hooks
from hub.users import add_user
from tests.crm.klarruta import Klarruta
from tests.crm.web.console import Consoles


async def test_an_admin_names_a_program_sees_its_secret_once_and_takes_it_off(
    firm: Klarruta, consoles: Consoles
) -> None:
    await firm.do(add_user, "annika@klarruta.example", "Annika Kron", "admin")
    shown = await consoles.press(
        "Annika", "/web-hooks", name="Warehouse", url="https://warehouse.example/hook"
    )
    [hook] = await firm.db.read(web_hooks.every)
    assert hook.secret in shown.html
    again = await consoles.get("Annika", "/web-hooks")
    assert ("https://warehouse.example/hook" in again.html, hook.secret in again.html) == (True, False)
    await consoles.press("Annika", f"/web-hooks/{hook.id}/removal")
    assert await firm.db.read(web_hooks.every) == []
    assert (await consoles.press("Annika", f"/web-hooks/{hook.id}/removal")).status == 404


async def test_nobody_else_sees_or_names_one(firm: Klarruta, consoles: Consoles) -> None:
    for person in ("Maria", "Elin"):
        assert (await consoles.get(person, "/web-hooks")).status == 403
        refused = await consoles.press(person, "/web-hooks", name="Mine", url="https://mine.example/")
        assert refused.status == 403
    assert await firm.db.read(web_hooks.every) == []
