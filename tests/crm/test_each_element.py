"""The set of diagrams: each element that we support, drawn by itself and played to its end. None is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from crm.process_elements import MESSAGES, SUPPORTED
from tests.crm.drawing import (
    drawn,
    end,
    flow,
    gateway,
    inside,
    message,
    note,
    script,
    stage,
    start,
    timer,
    user,
    way,
)
from tests.crm.test_process_engine import Table


class Case(NamedTuple):
    """A diagram, what is done in it, and the elements that were gone through by then, in order."""

    elements: tuple[str, ...]
    acts: Callable[[Table], object]
    did: list[str]


def plain(element: str, acts: Callable[[Table], object] = lambda _run: None) -> Case:
    """Stand one element between a start and an end."""
    return Case((start(), element, end(), way("s x e")), acts, ["s", "x", "e"])


def by_itself(run: Table) -> None:
    """Have done what stands open and takes time."""
    while run.open:
        run.finish(run.waiting[0])


BETWEEN = '<bpmn:intermediateThrowEvent id="x"/>'
MANUAL = user("x", "Ring").replace("userTask", "manualTask")
RECEIVES = '<bpmn:receiveTask id="x" name="Paid" messageRef="payment_received"/>'
CASES = {
    "startEvent": Case((start(), end(), way("s e")), lambda _run: None, ["s", "e"]),
    "endEvent": Case((start(), end(), way("s e")), lambda _run: None, ["s", "e"]),
    "userTask": plain(user("x", "Ring"), lambda run: run.finish("x")),
    "manualTask": plain(MANUAL, lambda run: run.finish("x")),
    "serviceTask": plain(stage("x", "Called"), by_itself),
    "sendTask": plain(note("x", "responsible", "It came"), by_itself),
    "scriptTask": plain(script("x", "sum = 2 + 3")),
    "receiveTask": plain(RECEIVES, lambda run: run.hear("payment received")),
    "intermediateCatchEvent": plain(timer("x", "Wait", "P1D"), lambda run: run.wait(days=1)),
    "intermediateThrowEvent": plain(BETWEEN),
    "subProcess": Case(
        (start(), inside("x", "In it", start("i"), user("a", "Ring"), end("o"), way("i a o")), end(), way("s x e")),
        lambda run: run.finish("a"), ["s", "i", "a", "o", "x", "e"],
    ),
    "exclusiveGateway": Case(
        (start(), gateway("x", default="x_e"), end(), end("f"), way("s x e"), flow("x", "f", "value > 10")),
        lambda _run: None, ["s", "x", "e"],
    ),
    "parallelGateway": Case(
        (start(), gateway("x", kind="parallel"), gateway("j", kind="parallel"), user("a", "A"), user("b", "B"), end(),
         way("s x a j e"), way("x b j")),
        by_itself, ["s", "x", "a", "b", "j", "not j", "e"],
    ),
    "eventBasedGateway": Case(
        (start(), gateway("x", kind="eventBased"), message("m", "Paid", "payment received"), timer("t", "Late", "P1D"),
         end(), end("f"), way("s x m e"), way("x t f")),
        lambda run: run.wait(days=1), ["s", "x", "t", "f"],
    ),
    "boundaryEvent": Case(
        (start(), user("a", "A"), timer("x", "Late", "P1D", at="a"), end(), end("f"), way("s a e"), way("x f")),
        lambda run: run.wait(days=1), ["s", "not a", "x", "f"],
    ),
}  # fmt: skip


def test_no_element_that_we_support_is_left_out() -> None:
    assert set(CASES) == SUPPORTED


@pytest.mark.parametrize("tag", sorted(CASES))
def test_an_element_is_played_to_its_end(tag: str) -> None:
    case = CASES[tag]
    assert f"<bpmn:{tag} " in drawn(*case.elements)
    run = Table(*case.elements)
    case.acts(run)
    assert run.play.ended
    assert sorted(run.did) == sorted(case.did)


@pytest.mark.parametrize("what", MESSAGES)
def test_whatever_may_happen_is_waited_for_and_heard(what: str) -> None:
    run = Table(start(), message("x", "News", what), end(), way("s x e"))
    assert not run.hear("something else")
    assert (run.hear(what), run.play.ended) == (True, True)
