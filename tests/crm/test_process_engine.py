"""Each element of a diagram as it is played, saved and taken up again between any two moves; and what is refused."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm import process_expressions
from crm.expressions import Result
from crm.process_diagrams import read
from crm.process_elements import Diagram, Wait
from crm.process_engine import Play
from crm.process_faults import faults
from crm.process_specs import Blueprint, blueprint
from crm.process_troubles import Stuck
from crm.process_xml import NotBpmn
from tests.crm.drawing import (
    drawn,
    end,
    error,
    error_end,
    flow,
    gateway,
    inside,
    message,
    script,
    start,
    terminate,
    timer,
    user,
    way,
)

WINDOWS = (Path(__file__).parents[2] / "config/processes/windows.bpmn").read_bytes()
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


class Table:
    """A run on the table: what it knows, what is open in it and what was done, without any store."""

    def __init__(self, *elements: str) -> None:
        """Begin it; the diagram must be without faults."""
        self.plan: Blueprint = blueprint(drawn(*elements))
        assert faults(self.plan.diagram) == []
        self.moment = NEW_YEAR
        self.known: dict[str, Result] = {}
        self.did: list[str] = []
        self.open: dict[int, str] = {}
        self._count = 0
        self.play = Play(self.plan, self)
        self.play.go()

    @property
    def diagram(self) -> Diagram:
        """Give what is played."""
        return self.plan.diagram

    def holds(self, condition: str) -> bool:
        """See Hands."""
        return bool(process_expressions.value(condition, self._values(), date(2026, 1, 1)))

    def do(self, element: str) -> None:
        """Run a script."""
        self.known |= process_expressions.run(
            self.diagram.nodes[element].script, self._values(), date(2026, 1, 1)
        )

    def left(self, element: str) -> bool:  # noqa: ARG002 - see Hands
        """See Hands; a letter leaves at once here."""
        return True

    def due(self, wait: Wait) -> datetime:
        """See Hands; all time is working time here."""
        return self.moment + timedelta(seconds=wait.seconds or 0)

    def opened(self, element: str) -> int:
        """See Hands."""
        self._count += 1
        self.open[self._count] = element
        return self._count

    def closed(self, element: str, step: int | None, *, dropped: bool) -> None:
        """See Hands."""
        name = self.open.pop(step) if step is not None else element
        self.did.append(f"not {name}" if dropped else name)

    def finish(self, element: str, **known: Result) -> None:
        """Have somebody do a step, in a hub that was started again meanwhile."""
        self.known |= known
        self._again()
        step = next(step for step, name in self.open.items() if name == element)
        assert self.play.finish(step)
        self.play.go()

    def hear(self, what: str) -> bool:
        """Have a message come in."""
        self._again()
        heard = self.play.hear(what)
        self.play.go()
        return heard

    def wait(self, **span: float) -> None:
        """Let time pass."""
        self.moment += timedelta(**span)
        self._again()
        self.play.go()

    @property
    def waiting(self) -> list[str]:
        """Give what is open, by its ids."""
        return sorted(self.open.values())

    def _values(self) -> dict[str, Result]:
        return {**dict.fromkeys((*process_expressions.GIVEN, *self.diagram.asked)), **self.known}

    def _again(self) -> None:
        state = json.loads(json.dumps(self.play.state()))
        self.play = Play(self.plan, self, state)
        assert self.play.state() == state


def test_steps_one_after_the_other_come_to_an_end() -> None:
    run = Table(start(), user("a", "A"), user("b", "B"), end(), way("s a b e"))
    assert run.waiting == ["a"]
    run.finish("a")
    assert (run.waiting, run.play.ended) == (["b"], False)
    run.finish("b")
    assert (run.did, run.play.ended) == (["s", "a", "b", "e"], True)


ROUND = (
    start(),
    user("a", "A"),
    user("b", "B", '<ringback:answer name="done" kind="yes"/>'),
    gateway("g", default="again"),
    end(),
    way("s a b g"),
    flow("g", "a", id="again"),
    flow("g", "e", "done"),
)


def test_of_what_is_over_nothing_is_kept_that_nobody_looks_back_at() -> None:
    run = Table(*ROUND)
    sizes = set()
    for _turn in range(5):
        run.finish("a")
        run.finish("b", done=False)
        sizes.add(len(run.play.state()))
    assert len(sizes) == 1
    run.finish("a")
    run.finish("b", done=True)
    assert run.play.ended


def test_a_state_that_was_kept_with_all_that_is_over_is_taken_up_as_ever() -> None:
    run = Table(start(), user("a", "A"), user("b", "B"), end(), way("s a b e"))
    run.finish("a")
    short = run.play.state()
    run.plan.spec.looks_back = True
    assert len(run.play.state()) > len(short)
    run.finish("b")
    assert (run.did, run.play.ended) == (["s", "a", "b", "e"], True)


ANSWER = '<ringback:answer name="agreed"/>'
CHOICE = (
    start(),
    user("a", "A", ANSWER),
    gateway("g", default="no"),
    user("b", "B"),
    end("e"),
    end("f"),
    way("s a g"),
    flow("g", "b", 'agreed == "yes"'),
    flow("g", "f", id="no"),
    flow("b", "e"),
)


@pytest.mark.parametrize(("answer", "then"), [("yes", ["b"]), ("no", []), (None, [])])
def test_a_gateway_goes_where_its_condition_holds(answer: str | None, then: Sequence[str]) -> None:
    run = Table(*CHOICE)
    run.finish("a", agreed=answer)
    assert run.waiting == then


def test_a_gateway_without_a_way_that_holds_says_so() -> None:
    run = Table(
        start(),
        user("a", "A", ANSWER),
        gateway("g", "Agreed?"),
        end("e"),
        end("f"),
        way("s a g"),
        flow("g", "e", 'agreed == "yes"'),
        flow("g", "f", 'agreed == "no"'),
    )
    with pytest.raises(Stuck, match=r"No condition holds at \*Agreed\?\*"):
        run.finish("a", agreed="later")


def test_parallel_ways_are_done_in_any_order_and_joined() -> None:
    run = Table(
        start(),
        gateway("g", kind="parallel"),
        user("a", "A"),
        user("b", "B"),
        gateway("h", kind="parallel"),
        user("c", "C"),
        end(),
        way("s g a"),
        flow("g", "b"),
        flow("a", "h"),
        way("b h c e"),
    )
    assert run.waiting == ["a", "b"]
    run.finish("b")
    assert run.waiting == ["a", "h"]
    run.finish("a")
    assert run.waiting == ["c"]


def test_the_first_event_behind_a_gateway_decides() -> None:
    elements = (
        start(),
        gateway("g", kind="eventBased"),
        message("paid", "Paid", "payment received"),
        timer("late", "Late", "P14D"),
        user("a", "Install"),
        user("b", "Remind"),
        end(),
        way("s g paid"),
        flow("g", "late"),
        flow("paid", "a"),
        way("late b g"),
        flow("a", "e"),
    )
    run = Table(*elements)
    assert (run.play.waits_for(), run.play.due_at()) == ({"payment received"}, NEW_YEAR + timedelta(days=14))
    run.wait(days=13)
    assert run.waiting == ["g"]
    run.wait(days=1)
    assert (run.waiting, run.play.waits_for(), run.play.due_at()) == (["b"], set(), None)
    run.finish("b")
    assert run.play.due_at() == NEW_YEAR + timedelta(days=28)
    assert run.hear("payment received")
    assert (run.waiting, run.play.due_at()) == (["a"], None)


def test_a_time_is_waited_for() -> None:
    run = Table(start(), timer("w", "Wait", "PT2H"), end(), way("s w e"))
    run.wait(hours=1)
    assert run.waiting == ["w"]
    run.wait(hours=1)
    assert run.play.ended


@pytest.mark.parametrize(("goes_on", "then"), [(True, ["a", "b"]), (False, ["b"])])
def test_a_time_at_an_edge_interrupts_or_not(goes_on: bool, then: list[str]) -> None:  # noqa: FBT001 - a table of cases
    run = Table(
        start(),
        user("a", "A"),
        timer("late", "Late", "PT15M", at="a", goes_on=goes_on),
        user("b", "Tell the head"),
        end("e"),
        end("f"),
        way("s a e"),
        way("late b f"),
    )
    run.wait(minutes=15)
    assert run.waiting == then
    assert ("not a" in run.did) is not goes_on
    for each in then:
        run.finish(each)
    assert run.play.ended


def test_a_step_in_time_needs_the_time_at_its_edge_no_longer() -> None:
    run = Table(
        start(),
        user("a", "A"),
        timer("late", "Late", "PT15M", at="a"),
        end("e"),
        end("f"),
        way("s a e"),
        flow("late", "f"),
    )
    run.finish("a")
    assert (run.play.ended, run.did) == (True, ["s", "a", "e", "not late"])


def test_a_message_at_an_edge_interrupts() -> None:
    run = Table(
        start(),
        user("a", "Ask for the money"),
        message("paid", "Paid", "payment received", at="a"),
        end("e"),
        end("f"),
        way("s a e"),
        flow("paid", "f"),
    )
    assert not run.hear("stage changed")
    assert run.hear("payment received")
    assert (run.play.ended, "not a" in run.did) == (True, True)


def test_a_receive_task_waits_for_its_message() -> None:
    task = '<bpmn:receiveTask id="r" name="Form" messageRef="form_submitted"/>'
    run = Table(start(), task, end(), way("s r e"))
    assert run.waiting == ["r"]
    assert run.hear("form submitted")
    assert run.play.ended


def test_a_sub_process_is_gone_through() -> None:
    run = Table(
        start(),
        inside("sub", "Sub", start("s2"), user("a", "A"), end("e2"), way("s2 a e2")),
        user("b", "B"),
        end(),
        way("s sub b e"),
    )
    assert run.waiting == ["a", "sub"]
    run.finish("a")
    assert run.waiting == ["b"]
    run.finish("b")
    assert run.play.ended


def test_a_sub_process_is_interrupted_with_all_that_is_open_in_it() -> None:
    run = Table(
        start(),
        inside("sub", "Sub", start("s2"), user("a", "A"), end("e2"), way("s2 a e2")),
        timer("late", "Late", "P1D", at="sub"),
        user("b", "B"),
        end(),
        end("f"),
        way("s sub e"),
        way("late b f"),
    )
    run.wait(days=1)
    assert run.waiting == ["b"]
    assert {"not a", "not sub"} <= set(run.did)


def test_an_error_leaves_its_sub_process_by_the_edge() -> None:
    run = Table(
        start(),
        inside(
            "sub",
            "Sub",
            start("s2"),
            user("a", "A", ANSWER),
            gateway("g", default="ok"),
            error_end("x"),
            user("c", "C"),
            end("e2"),
            way("s2 a g"),
            flow("g", "x", 'agreed == "no"'),
            flow("g", "c", id="ok"),
            flow("c", "e2"),
        ),
        error("caught", at="sub"),
        user("b", "Put it right"),
        end(),
        end("f"),
        way("s sub e"),
        way("caught b f"),
    )
    run.finish("a", agreed="no")
    assert run.waiting == ["b"]
    run.finish("b")
    assert run.play.ended


def test_a_terminate_end_ends_what_goes_on_beside_it() -> None:
    run = Table(
        start(),
        gateway("g", kind="parallel"),
        user("a", "A"),
        user("b", "B"),
        terminate("x"),
        end(),
        way("s g a"),
        flow("g", "b"),
        flow("a", "x"),
        flow("b", "e"),
    )
    run.finish("a")
    assert (run.play.ended, run.waiting, "not b" in run.did) == (True, [], True)


def test_a_script_reckons_with_what_it_set_before() -> None:
    run = Table(
        start(),
        user("a", "A", '<ringback:answer name="windows" kind="whole"/>'),
        script("x", "# the price", "net = windows * 1200", "total = net + net / 4"),
        end(),
        way("s a x e"),
    )
    run.finish("a", windows=4)
    assert (run.known["net"], run.known["total"]) == (4800, 6000)


def test_a_way_back_is_gone_as_often_as_needed() -> None:
    run = Table(
        start(),
        user("a", "A", ANSWER),
        gateway("g", default="ok"),
        end(),
        way("s a g"),
        flow("g", "a", 'agreed == "later"'),
        flow("g", "e", id="ok"),
    )
    for _time in range(20):
        run.finish("a", agreed="later")
    run.finish("a", agreed="yes")
    assert run.play.ended


def test_a_diagram_that_only_goes_round_in_circles_is_stopped() -> None:
    with pytest.raises(Stuck, match="round in circles at"):
        Table(
            start(),
            gateway("g", default="round"),
            script("x", "n = 1"),
            end(),
            flow("s", "g"),
            flow("g", "x", id="round"),
            flow("x", "g"),
            flow("g", "e", "value == 1"),
        )


def test_a_time_that_is_always_there_is_no_way_to_go_round_for_ever() -> None:
    with pytest.raises(Stuck, match="round"):
        Table(
            start(),
            gateway("g", default="on"),
            timer("w", "Wait", "PT0S"),
            end(),
            flow("s", "g"),
            flow("g", "w", id="on"),
            flow("w", "g"),
            flow("g", "e", "value == 1"),
        )


def test_a_chain_of_two_hundred_elements_is_played() -> None:
    names = [f"x{number}" for number in range(196)]
    steps = [script(name, "n = 1") for name in names]
    ways = [flow(one, other) for one, other in zip(["s", *names], [*names, "e"], strict=True)]
    assert Table(start(), *steps, end(), *ways).play.ended


HOSTILE = (
    '__import__("os").system("true")',
    "().__class__",
    'open("/etc/passwd")',
    "9**9**9",
    "value.__class__.__mro__",
    "eval('1')",
    "[x for x in (1,)]",
    "lambda: 1",
    "(x := 1)",
    "f'{value}'",
    "print(1)",
    "exec('1')",
    "value[0]",
    "*value",
    "{}",
    "(1, 2)",
    "1 << 99",
    "99999999999999999999",
    "getattr(value, 'real')",
    "breakpoint()",
    "globals()",
    "__builtins__",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_condition_is_never_python(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        process_expressions.check(text, ())


@pytest.mark.parametrize("text", HOSTILE)
def test_not_even_one_that_was_never_checked(text: str) -> None:
    elements = [
        start(),
        user("a", "A"),
        gateway("g", default="no"),
        end("e"),
        end("f"),
        way("s a g"),
        flow("g", "e", text.replace("&", "&amp;")),
        flow("g", "f", id="no"),
    ]
    unchecked = Table.__new__(Table)
    unchecked.plan, unchecked.moment, unchecked.known, unchecked.did = (
        blueprint(drawn(*elements)),
        NEW_YEAR,
        {},
        [],
    )
    unchecked.open, unchecked._count = {}, 0
    unchecked.play = Play(unchecked.plan, unchecked)
    unchecked.play.go()
    with pytest.raises(Stuck):
        unchecked.finish("a")


def test_what_grows_is_refused_where_it_grows() -> None:
    with pytest.raises(ValueError, match="too large"):
        process_expressions.run("\n".join(["a = 99999999", *["a = a * a"] * 40]), {}, date(2026, 1, 1))
    with pytest.raises(ValueError, match="Only numbers"):
        process_expressions.value("'a' * 9999999", {}, date(2026, 1, 1))


@pytest.mark.parametrize(
    "line",
    ["while True: pass", "import os", "a.b = 1", "a, b = 1, 2", "for x in y: z = 1", "del a", "x += 1"],
)
def test_a_script_is_lines_that_set_a_value(line: str) -> None:
    with pytest.raises(ValueError, match="no line of a script"):
        process_expressions.check_script(line, ())


def test_the_library_s_own_ways_to_run_python_are_shut() -> None:
    environment = Table(*CHOICE).play._flow.script_engine.environment
    for run in (environment.evaluate, environment.execute, environment.call_service):
        with pytest.raises(Stuck, match="no Python"):
            run("__import__('os')", {})


PIECES = st.sampled_from(
    [
        "value",
        "windows",
        "1",
        "10**9",
        "'a'",
        "(",
        ")",
        "+",
        "*",
        "**",
        "/",
        "//",
        "%",
        "==",
        "<",
        " and ",
        " or ",
        " not ",
        ".",
        ",",
        "__import__",
        "__class__",
        "round(",
        "sum(",
        "min(",
        "lambda x:",
        "[",
        "]",
        " if ",
        " else ",
        "\n",
        "{",
        "}",
        "=",
        "days_since(",
        "today",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=80))
@settings(max_examples=400, deadline=20_000)
def test_whatever_is_written_gives_a_value_or_words(text: str) -> None:
    with contextlib.suppress(ValueError):
        found = process_expressions.value(text, {"value": 5, "windows": None}, date(2026, 1, 1))
        assert found is None or isinstance(found, str | int | float | bool | date)


@given(st.integers(0, len(WINDOWS)), st.binary(max_size=6), st.integers(0, 40))
@settings(max_examples=300, deadline=20_000)
def test_a_file_that_was_damaged_is_read_or_refused(at: int, put: bytes, left_out: int) -> None:
    with contextlib.suppress(NotBpmn):
        faults(read(WINDOWS[:at] + put + WINDOWS[at + left_out :]))
