"""The whole story walked by a program: each step asks again until it is answered, whatever happens to the hub."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

import aiohttp

from tests.eventually import eventually
from tests.servers.ringback import Hub
from tests.servers.stripe import Stripe
from tests.story import staff

Json = dict[str, Any]
Ask = Callable[[aiohttp.ClientSession], aiohttp.client._RequestContextManager]
PATIENCE = 90  # seconds
BREATH = 0.05
NAME, PHONE, MAIL = "Karin Ekdahl", "070-174 06 12", "karin@ekdahl.example"


class Walk:
    """Karin's windows, step by step."""

    def __init__(self, hub: Hub, till: Stripe) -> None:
        """Begin with a token and a published process."""
        self.hub, self.till = hub, till
        self.token = hub.tell("token", "create", "story", "--scope", "all").split()[-1]
        self.form = hub.address + hub.tell("channel", "url", "website")
        self.deal = 0
        self.asked, self.answered = asyncio.Event(), asyncio.Event()
        """Set whenever something is to change, and whenever that was answered."""

    @property
    def steps(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """Give them in order."""
        return (self.asks, self.is_called, self.is_measured, self.agrees, self.pays, self.is_installed)

    async def publish(self) -> None:
        """Have the process as it ships."""
        made = await self.ask("POST", "/processes", {"diagram": staff.WINDOWS.read_text()})
        await self.ask("POST", f"/processes/{made['id']}/publication")

    async def asks(self) -> None:
        """Have the buyer ask on the website."""
        words = {"name": NAME, "phone": PHONE, "email": MAIL, "message": "Seven windows", "_nonce": "karin"}
        await self._change(
            lambda client: client.post(self.form, data=words, headers={"Accept": "application/json"})
        )
        await self.task(staff.CALL)
        self.deal = (await self.only("/deals"))["id"]

    async def is_called(self) -> None:
        """Have the manager call, and agree on the day of the measurements."""
        (elin,) = [each for each in await self.items("/users") if each["name"].startswith("Elin")]
        await self.ask("PATCH", f"/deals/{self.deal}", {"responsible": elin["id"]})
        await self.does(
            staff.CALL,
            interested="yes",
            windows=7,
            address=staff.PLACE,
            visit_on=f"{staff.next_week(1)}",
            visit_at="10:00",
        )
        await self.visit(staff.MEASURE)

    async def is_measured(self) -> None:
        """Have the fitter measure."""
        await self.does(staff.MEASURE, measured=7, measurements="Seven of 1200 by 1400", remarks="A scaffold")
        await self.task(staff.PRICE)

    async def agrees(self) -> None:
        """Have the price computed and agreed: quote and contract are made, and sent."""
        await self.ask("PUT", f"/deals/{self.deal}/lines", {"lines": list(staff.LINES)})
        await self.does(staff.PRICE, agreed="yes", expected_on=f"{staff.next_week(3)}", install_at="08:00")
        await eventually(self.waits_for_money, PATIENCE)

    async def pays(self) -> None:
        """Have an invoice written, and its payment told, twice as providers do."""
        drafted = await self.ask("POST", f"/deals/{self.deal}/invoices", {})
        issued = await self.ask("POST", f"/invoices/{drafted['id']}/issue", {})
        await self.does(staff.INVOICE)
        told = staff.paid(issued["number"], issued["amount"], int(time.time()))
        for _time in range(2):
            await eventually(lambda: self._told(told), PATIENCE)
        await self.visit(staff.INSTALL)

    async def is_installed(self) -> None:
        """Have it installed: the head is told."""
        await self.does(staff.INSTALL, installed_on=f"{staff.next_week(3)}")
        await eventually(self.has_ended, PATIENCE)

    async def does(self, step: str, **answers: object) -> None:
        """Have an open step done; that it was done already is what an answer said that never came."""
        task = await self.task(step)
        await self.ask("POST", f"/tasks/{task['id']}/answers", {"answers": answers})

    async def task(self, step: str) -> Json:
        """Wait for the one task of a step."""
        return cast("Json", await eventually(lambda: self._task(step), PATIENCE))

    async def visit(self, purpose: str) -> Json:
        """Wait for the one visit of a step."""
        return cast("Json", await eventually(lambda: self._visit(purpose), PATIENCE))

    async def waits_for_money(self) -> bool:
        """Tell whether the run waits for a payment."""
        return "payment received" in (await self.run())["waits_for"]

    async def has_ended(self) -> bool:
        """Tell whether the run is over."""
        return (await self.run())["ended_at"] is not None

    async def run(self) -> Json:
        """Give the one run, which must not be stuck."""
        run = await self.only(f"/runs?contact={(await self.only('/contacts'))['id']}")
        assert not run["stuck"], run["stuck"]
        return run

    async def stage(self) -> str:
        """Give the stage of the deal."""
        pipelines = cast("list[Json]", await self.ask("GET", "/pipelines"))
        stage = (await self.only("/deals"))["stage"]
        stages = [each for pipeline in pipelines for each in pipeline["stages"]]
        return next(str(each["name"]) for each in stages if each["id"] == stage)

    async def only(self, path: str) -> Json:
        """Give the one thing of a list."""
        (found,) = await self.items(path)
        return found

    async def items(self, path: str) -> list[Json]:
        """Give what a list holds."""
        return cast("list[Json]", (await self.ask("GET", path))["items"])

    async def ask(self, method: str, path: str, body: object = None) -> Json:
        """Ask until there is an answer; the same wish, by its key, is done once."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if method == "POST":
            headers["Idempotency-Key"] = f"{self.deal}:{path}"
        url = f"{self.hub.address}/api/v1{path}"
        more = {} if body is None else {"json": body}
        begin = self._patiently if method == "GET" else self._change
        return await begin(lambda client: client.request(method, url, headers=headers, **more))  # type: ignore[arg-type]

    async def content(self, document: int) -> bytes:
        """Give the bytes of a document."""
        url = f"{self.hub.address}/api/v1/documents/{document}/content"
        headers = {"Authorization": f"Bearer {self.token}"}
        async with aiohttp.request("GET", url, headers=headers) as answer:
            return await answer.read()

    async def _task(self, step: str) -> Json | None:
        found = [each for each in await self.items("/tasks") if each["title"].startswith(f"{step}:")]
        assert len(found) <= 1, found
        return found[0] if found else None

    async def _visit(self, purpose: str) -> Json | None:
        found = [each for each in await self.items("/appointments") if each["purpose"] == purpose]
        assert len(found) <= 1, found
        return found[0] if found else None

    async def _told(self, told: bytes) -> bool:
        try:
            (status,) = await self.till.tell(told)
        except (aiohttp.ClientError, OSError):
            return False
        return status < 300

    async def _change(self, ask: Ask) -> Json:
        def told(client: aiohttp.ClientSession) -> aiohttp.client._RequestContextManager:
            self.asked.set()
            return ask(client)

        answer = await self._patiently(told)
        self.answered.set()
        return answer

    async def _patiently(self, ask: Ask) -> Json:
        ends = time.monotonic() + PATIENCE
        while True:
            try:
                async with aiohttp.ClientSession() as client, ask(client) as answer:
                    assert answer.status < 400, f"{answer.url}: {answer.status} {await answer.text()}"
                    return cast("Json", await answer.json(content_type=None))
            except (aiohttp.ClientError, OSError, ValueError):
                assert time.monotonic() < ends, self.hub.words()
                await asyncio.sleep(BREATH)
