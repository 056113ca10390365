"""The hands of a run that is only rehearsed: it reads what is known of its request, and touches nothing.

The same protocol as crm/run_hands.py, over plain values: there is no store here that could be written to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from crm import process_expressions
from crm.days import later
from crm.expressions import Result
from crm.process_elements import Answer, Diagram, Node, Wait
from crm.process_troubles import Stuck
from crm.rehearsal_rotas import Rota
from crm.rehearsal_scenes import Request, Scene
from hub.languages import _
from hub.said import said

WEEK = timedelta(days=7)
MOST_STEPS = 300
HALF = 0.5


class RehearsalHands:
    """One run that is played; see process_engine.Hands. `begun` and `over` are told of its steps."""

    def __init__(
        self, scene: Scene, diagram: Diagram, request: Request, begun: Callable[[int, Node], None],
        over: Callable[[int], None],
    ) -> None:  # fmt: skip
        """Begin with what is known of a request."""
        self.moment = datetime.fromtimestamp(request.at, UTC)
        self.request = request
        self.data: dict[str, Result] = {}
        self.steps = 0
        self._scene, self._diagram = scene, diagram
        self._begun, self._over = begun, over
        self._stage: Result = request.values.get("stage")
        self._done: Counter[str] = Counter()

    def holds(self, condition: str) -> bool:
        """Tell whether a condition holds; one over what is not known does not."""
        return bool(process_expressions.value(condition, self._values(), self._today()))

    def do(self, element: str) -> None:
        """Run a script, and have the deal be in another stage; whatever would go out stays here."""
        node = self._diagram.nodes[element]
        if node.script:
            self.data |= process_expressions.run(node.script, self._values(), self._today())
        elif node.deed is not None and node.deed.kind == "stage":
            if not self.request.has_deal:
                raise ValueError(said("this run has no deal that could change its stage"))
            self._stage = node.deed.name

    def left(self, element: str) -> bool:  # noqa: ARG002 - whichever it is
        """Have a letter have left at once."""
        return True

    def due(self, wait: Wait) -> datetime:
        """Tell until when to wait, from now on."""
        rota = self._rota()
        now = self.moment.timestamp()
        if wait.seconds is not None:
            if not wait.working:
                return later(self._scene.zone, self.moment, wait.seconds)
            ends = rota.after(now, wait.seconds, wait.days)
            return self._scene.horizon if ends is None else datetime.fromtimestamp(ends, UTC)
        at = self._moment_of(wait.until)
        opens = rota.next_open(at.timestamp()) if wait.working else None
        return at if opens is None else datetime.fromtimestamp(opens, UTC)

    def opened(self, element: str) -> int:
        """Note what began."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise Stuck(said("This process has gone round too often"))
        self._begun(self.steps, self._diagram.nodes[element])
        return self.steps

    def closed(self, element: str, step: int | None, *, dropped: bool) -> None:
        """Note what is done or no longer needed."""
        del element, dropped
        if step is not None:
            self._over(step)

    def answer(self, node: Node) -> None:
        """Fill in the form of a step: as it really was the first time, then as others answered."""
        self._done[node.id] += 1
        first = self._done[node.id] == 1
        for field in node.work.answers if node.work else ():
            real = _read(field, self.request.answers.get(field.name)) if first else None
            self.data[field.name] = real if real is not None else self._drawn(field, self.dice(node))

    def dice(self, node: Node) -> Random:
        """Give dice that fall alike for the same request and step, whichever version is played."""
        return Random(f"{self.request.key}/{node.called}/{self._done[node.id]}")  # noqa: S311 - no secret

    def _drawn(self, field: Answer, dice: Random) -> Result:
        if field.kind == "choice":
            return dice.choices(field.choices, self._scene.weights(field.name, field.choices))[0]
        if field.kind == "day":
            return self._today() + WEEK
        known = [_read(field, each) for each in self._scene.known.get(field.name, ())]
        of_kind = [each for each in known if each is not None]
        if of_kind:
            return dice.choice(of_kind)
        if field.kind == "yes":
            return dice.random() < HALF
        return "…" if field.kind == "text" else field.least or 1

    def _values(self) -> Mapping[str, Result]:
        values: dict[str, Result] = dict.fromkeys(
            (*process_expressions.GIVEN, *self._scene.fields, *self._diagram.asked)
        )
        asked = self._diagram.asked
        values |= {name: value for name, value in self.request.answers.items() if name not in asked}
        return {**values, **self.request.values, "stage": self._stage, **self.data}

    def _rota(self) -> Rota:
        place = self._scene.places.get(self.request.department_id or 0)
        return place.rota if place else self._scene.company

    def _today(self) -> date:
        return self.moment.astimezone(self._scene.zone).date()

    def _moment_of(self, text: str) -> datetime:
        found: Result = text
        if not text[:4].isdigit():
            found = process_expressions.value(text, self._values(), self._today())
        if isinstance(found, date):
            return datetime.combine(found, time(), self._scene.zone)
        try:
            moment = datetime.fromisoformat(str(found or ""))
        except ValueError:
            raise ValueError(_("it is not known until when to wait")) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=self._scene.zone)


def _read(field: Answer, kept: Result) -> Result:
    """Give an answer that stands on a deal as its form gives it; None where it is of another kind by now."""
    if field.kind == "choice":
        return kept if kept in field.choices else None
    if field.kind == "day":
        try:
            return date.fromisoformat(str(kept)[:10])
        except ValueError:
            return None
    if field.kind in {"yes", "text"}:
        return kept if isinstance(kept, bool if field.kind == "yes" else str) else None
    return kept if isinstance(kept, int | float) and not isinstance(kept, bool) else None
