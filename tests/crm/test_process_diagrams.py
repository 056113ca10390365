"""Diagrams: what is read, what is refused in words with the element marked, and that no file can hurt the hub."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from crm import process_diagrams
from crm.process_diagrams import duration, read
from crm.process_elements import MESSAGES, Answer, Deed, Wait
from crm.process_faults import faults
from crm.process_leftovers import leftovers
from crm.process_xml import LARGEST, NotBpmn
from tests.crm.drawing import (
    drawn,
    end,
    error_end,
    flow,
    gateway,
    message,
    start,
    terminate,
    timer,
    user,
    way,
)

WINDOWS = Path(__file__).parents[2] / "config/processes/windows.bpmn"


def words(xml: str) -> list[str]:
    """Give what is wrong in a diagram, each with its element."""
    return [f"{fault.element}: {fault.words}" for fault in faults(read(xml.encode()))]


def test_the_story_of_the_windows_has_no_fault() -> None:
    assert faults(read(WINDOWS.read_bytes())) == []


def test_our_palette_is_read() -> None:
    diagram = read(WINDOWS.read_bytes())
    call, measure = diagram.nodes["call"].work, diagram.nodes["measure"].work
    assert call
    assert (call.who, call.policy, call.working) == ("responsible", "New request", True)
    assert call.answers[1] == Answer(
        name="windows", label="How many windows", kind="whole", least=1, most=500
    )
    assert measure
    assert measure.who == "department:Installation"
    assert diagram.nodes["is_paid"].deed == Deed(kind="stage", name="Installation")
    week = diagram.nodes["week"].happening
    assert week
    assert week.wait == Wait(seconds=40 * 3600, working=True)


CAMUNDA = """
<bpmn:userTask id="ask" name="Ask" camunda:candidateGroups="Sales, Service">
  <bpmn:extensionElements><camunda:formData>
    <camunda:formField id="agreed" label="Agreed?" type="boolean"/>
    <camunda:formField id="sum" type="long"><camunda:validation>
      <camunda:constraint name="required"/><camunda:constraint name="min" config="5"/>
    </camunda:validation></camunda:formField>
    <camunda:formField id="colour" type="enum"><camunda:value id="white" name="White"/></camunda:formField>
  </camunda:formData></bpmn:extensionElements>
</bpmn:userTask>"""


def test_what_camundas_modeler_draws_is_read() -> None:
    diagram = read(
        drawn(
            start(),
            CAMUNDA,
            gateway("g", default="no"),
            end("e"),
            end("f"),
            way("s ask g"),
            flow("g", "e", "${agreed == true &amp;&amp; !(sum &lt; 9)}"),
            flow("g", "f", id="no"),
        ).encode()
    )
    assert faults(diagram) == []
    ask = diagram.nodes["ask"].work
    assert ask
    assert ask.who == "department:Sales"
    assert ask.answers == (
        Answer(name="agreed", label="Agreed?", kind="yes"),
        Answer(name="sum", label="sum", kind="whole", required=True, least=5),
        Answer(name="colour", label="colour", kind="choice", choices=("white",)),
    )
    assert diagram.flows["g_e"].condition == "agreed == true  and   not (sum < 9)"


ZEEBE = """<bpmn:serviceTask id="pay" name="Take the money" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
  <bpmn:extensionElements><zeebe:taskDefinition type="pay"/><zeebe:ioMapping><zeebe:input source="= a" target="b"/>
  </zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask>"""
FOREIGN = """<bpmn:userTask id="ask" name="Ask" camunda:assignee="demo" camunda:formKey="ask.html"
  camunda:dueDate="${{d}}">
  <bpmn:extensionElements>{more}<camunda:formData>
    <camunda:formField id="agreed" label="Agreed?" type="boolean" defaultValue="true"/>
  </camunda:formData><camunda:taskListener event="create" class="com.example.Listener"/></bpmn:extensionElements>
</bpmn:userTask>"""


NOTHING = ": this does nothing here"


def left(*elements: str) -> list[str]:
    """Give what of a diagram does nothing here, each with its element."""
    return [f"{each.element}: {each.words}" for each in leftovers(drawn(*elements).encode())]


def test_what_of_another_modeler_does_nothing_here_is_named() -> None:
    assert left(start(), FOREIGN.format(more=""), ZEEBE, CAMUNDA.replace('id="ask"', 'id="fine"'), end()) == [
        f"ask: *Ask*: camunda:formKey, camunda:dueDate, camunda:formField defaultValue, camunda:taskListener{NOTHING}",
        f"pay: *Take the money*: zeebe:taskDefinition, zeebe:ioMapping{NOTHING}",
        f"fine: *Ask*: camunda:candidateGroups Service{NOTHING}",
    ]


def test_what_is_read_of_another_modeler_in_part_is_named_for_the_rest() -> None:
    half = """<bpmn:userTask id="ask" name="Ask" camunda:assignee="${me}" camunda:candidateGroups="Sales,Office">
      <bpmn:extensionElements><camunda:formData><camunda:formField id="ok" type="enum">
        <camunda:validation><camunda:constraint name="readonly"/></camunda:validation>
        <camunda:value id="y" name="Yes, please"/><camunda:value id="n" name="N"/>
      </camunda:formField></camunda:formData></bpmn:extensionElements></bpmn:userTask>"""
    names = (
        "camunda:assignee, camunda:candidateGroups Office, camunda:constraint readonly, camunda:value name"
    )
    assert left(half) == [f"ask: *Ask*: {names}{NOTHING}"]
    zeebe = """<bpmn:userTask id="do" name="Do" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
      <bpmn:extensionElements><zeebe:assignmentDefinition assignee="elin@x.example" candidateGroups="Sales"/>
      </bpmn:extensionElements></bpmn:userTask>"""
    assert left(zeebe) == [f"do: *Do*: zeebe:candidateGroups{NOTHING}"]


def test_what_we_say_ourselves_is_said_once() -> None:
    told = left(FOREIGN.format(more='<ringback:work who="head"/>'))
    names = "camunda:assignee, camunda:formKey, camunda:dueDate, camunda:formData, camunda:taskListener"
    assert told == [f"ask: *Ask*: {names}{NOTHING}"]


def test_a_lane_says_not_who_does_what() -> None:
    inside = '<bpmn:lane id="sales" name="Sales"><bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane>'
    lane = f'<bpmn:laneSet id="l">{inside}</bpmn:laneSet>'
    assert left(lane, user("a", "Ask")) == [
        "sales: *Sales*: a lane says not who does what stands in it: say that at each step"
    ]


def test_our_own_diagrams_leave_nothing_over() -> None:
    trades = WINDOWS.parents[1].glob("trades/*/process.bpmn")
    assert [leftovers(each.read_bytes()) for each in (WINDOWS, *trades)] == [[]] * 7


def test_a_file_full_of_what_we_do_not_know_is_told_shortly() -> None:
    much = "".join(f'<bpmn:task id="t{each}" camunda:a{each}="1" camunda:b="2"/>' for each in range(90))
    wide = "".join(f'camunda:x{each}{"y" * 300}="1" ' for each in range(40))
    told = left(f"<bpmn:task id='w' {wide}/>", much)
    assert len(told) == 50
    assert len(told[0]) < 600
    assert "+ 32" in told[0]


BROKEN = {
    "no way out": (
        drawn(start(), user("q", "Quote"), end("e"), flow("s", "q")),
        ["q: No way leads out of *Quote*", "e: No way leads to *e*"],
    ),
    "no start": (
        drawn(user("q", "Quote"), end("e"), flow("q", "e")),
        ["p: *P* has no start", "q: No way leads to *Quote*"],
    ),
    "no end": (
        drawn(start(), user("q", "Quote"), flow("s", "q")),
        ["p: *P* has no end", "q: No way leads out of *Quote*"],
    ),
    "two starts": (
        drawn(start(), start("t"), end("e"), flow("s", "e"), flow("t", "e")),
        ["t: *P* has more than one start"],
    ),
    "a way to nothing": (
        drawn(start(), end("e"), flow("s", "e"), flow("s", "gone")),
        [
            "s_gone: The way *s_gone* leads to nothing",
            "s: Several ways lead out of *s*: put a gateway behind it",
        ],
    ),
    "a gateway without conditions": (
        drawn(
            start(),
            gateway("g", "Agreed?"),
            end("e", "Sold"),
            end("f"),
            way("s g e"),
            flow("g", "f", "value > 3"),
        ),
        ["g: The way from *Agreed?* to *Sold* has no condition"],
    ),
    "a condition over what nobody gives": (
        drawn(
            start(),
            gateway("g", default="g_f"),
            end("e"),
            end("f"),
            flow("s", "g"),
            flow("g", "e", 'colour == "red"'),
            flow("g", "f"),
        ),
        ["g_e: The condition of *out of g*: nothing gives “colour” a value"],
    ),
    "a condition behind a task": (
        drawn(start(), user("q", "Quote"), end("e"), flow("s", "q"), flow("q", "e", "value > 3")),
        ["q_e: The way *out of Quote* has a condition: only ways out of an exclusive gateway have"],
    ),
    "a timer that is none": (
        drawn(start(), timer("w", "Wait", "a fortnight"), end("e"), way("s w e")),
        ["w: The time of *Wait* cannot be read: write a duration such as PT15M or P2D, or a date"],
    ),
    "months": (
        drawn(start(), timer("w", "Wait", "P1M"), end("e"), way("s w e")),
        ["w: The time of *Wait* cannot be read: write a duration such as PT15M or P2D, or a date"],
    ),
    "a message that nobody sends": (
        drawn(start(), message("m", "Hear", "pigeon arrived"), end("e"), way("s m e")),
        [
            f"m: *Hear* waits for a message that nobody sends: call it one of {', '.join(MESSAGES)}",
        ],
    ),
    "an unknown element": (
        drawn(start(), '<bpmn:complexGateway id="c" name="Which"/>', end("e"), way("s c e")),
        ["c: *Which* is of a kind that is not supported: complex gateway"],
    ),
    "a task of no kind": (
        drawn(start(), '<bpmn:task id="t" name="Quote"/>', end("e"), way("s t e")),
        ["t: It is not said what *Quote* is: make it a user task, or what else it is"],
    ),
    "a call of another process": (
        drawn(start(), '<bpmn:callActivity id="c" name="Pay"/>', end("e"), way("s c e")),
        ["c: *Pay* is of a kind that is not supported: call activity"],
    ),
    "a document of no template": (
        drawn(
            start(),
            '<bpmn:serviceTask id="d" name="Contract"><bpmn:extensionElements><ringback:document/>'
            "</bpmn:extensionElements></bpmn:serviceTask>",
            end("e"),
            way("s d e"),
        ),
        ["d: *Contract* says not of which template the document is made"],
    ),
    "a service that does nothing": (
        drawn(start(), '<bpmn:serviceTask id="d" name="Contract"/>', end("e"), way("s d e")),
        ["d: *Contract* does nothing: choose what from the palette"],
    ),
    "several times over": (
        drawn(
            start(),
            '<bpmn:userTask id="q" name="Quote"><bpmn:multiInstanceLoopCharacteristics/></bpmn:userTask>',
            end("e"),
            way("s q e"),
        ),
        ["q: *Quote* is done several times over, which is not supported: draw a way back to it"],
    ),
    "an error that nothing catches": (
        drawn(start(), error_end("e", "Broken"), flow("s", "e")),
        ["e: Nothing catches the error of *Broken*: put an error event at the edge of its sub-process"],
    ),
    "a task behind an event gateway": (
        drawn(
            start(),
            '<bpmn:eventBasedGateway id="g" name="What"/>',
            user("q", "Quote"),
            end("e"),
            way("s g q e"),
        ),
        ["g: Behind *What* stand events to wait for, and nothing else"],
    ),
    "an edge of nothing": (
        drawn(
            start(),
            end("e"),
            flow("s", "e"),
            timer("b", "Late", "PT1H", at="nowhere"),
            end("f"),
            flow("b", "f"),
        ),
        ["b: *Late* stands at the edge of nothing that takes time"],
    ),
    "a form that cannot be": (
        drawn(
            start(),
            user(
                "q",
                "Quote",
                '<ringback:answer name="1st" label="First"/><ringback:answer name="a" least="5" most="3"'
                ' kind="number"/><ringback:answer name="c" kind="choice"/><ringback:answer name="a" kind="cube"/>'
                '<ringback:answer name="d" required="true" when="c=yes"/>',
            ),
            end("e"),
            way("s q e"),
        ),
        [
            "q: The form of *Quote*: “1st” is no name for an answer: use letters, digits and _",
            "q: The form of *Quote*: “a” can have no value: its least is more than its most",
            "q: The form of *Quote*: “c” has nothing to choose from",
            "q: The form of *Quote*: Two answers of this form are called “a”",
            "q: The form of *Quote*: “c=yes” is no choice of an answer before it: write it as interested=yes",
        ],
    ),
    "somebody that is none": (
        drawn(start(), user("q", "Quote", who="whoever", within="soon"), end("e"), way("s q e")),
        [
            "q: *Quote* is for “whoever”: write responsible, head, department:…, role:… or user:…",
            "q: The form of *Quote*: “soon” is no time: write it as 15 min, 4 h or 2 days",
        ],
    ),
    "a script of Python": (
        drawn(
            start(),
            '<bpmn:scriptTask id="x" name="Sum"><bpmn:script>import os</bpmn:script></bpmn:scriptTask>',
            end("e"),
            way("s x e"),
        ),
        ["x: The script of *Sum*: “import os” is no line of a script: write name = value"],
    ),
    "steps that nothing leads to but each other": (
        drawn(start(), end("e"), user("a", "Ask"), user("b", "Wait"), flow("s", "e"), way("a b a")),
        ["a: No way leads from the start to *Ask*", "a: From *Ask* no way leads to an end"],
    ),
    "a circle that nobody comes out of": (
        drawn(
            start(),
            gateway("g", default="g_e"),
            end("e"),
            user("a", "Ask"),
            user("b", "Wait"),
            way("s g e"),
            flow("g", "a", "value > 3"),
            way("a b a"),
        ),
        ["a: From *Ask* no way leads to an end"],
    ),
    "a way into a circle": (
        drawn(start(), user("a", "Ask"), user("b", "Wait"), user("c", "Ring"), end("e"), way("s a b c b")),
        ["e: No way leads to *e*", "b: From *Wait* no way leads to an end"],
    ),
    "an event behind a gateway with one at its edge": (
        drawn(
            start(),
            gateway("g", "Whichever", kind="eventBased"),
            '<bpmn:receiveTask id="r" name="Paid" messageRef="payment_received"/>',
            timer("b", "Late", "PT1H", at="r"),
            end("e"),
            way("s g r e"),
            flow("b", "e"),
        ),
        ["g: *Paid* stands behind a gateway: it has no event at its edge"],
    ),
    "a throw that is not supported": (
        drawn(start(), end("e", inner="<bpmn:signalEventDefinition/>"), flow("s", "e")),
        ["e: *e* is about “signal”, which is not supported there"],
    ),
}


@pytest.mark.parametrize("name", list(BROKEN))
def test_a_broken_diagram_is_told_in_words_and_where(name: str) -> None:
    xml, expected = BROKEN[name]
    assert words(xml) == expected


def test_a_circle_that_an_event_at_an_edge_leads_out_of_is_fine() -> None:
    out = message("m", "Paid", "payment received", at="a")
    assert (
        words(drawn(start(), user("a", "Ask"), out, user("b", "Wait"), end("e"), way("s a b a"), way("m e")))
        == []
    )


REFUSED = {
    "no XML": (b"not XML at all", "line 1 cannot be read"),
    "another format": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "does not begin with"),
    "no process": (drawn().replace("process", "choreography").encode(), "no process"),
    "half a file": (WINDOWS.read_bytes()[:3000], "cannot be read"),
    "a bomb": (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>' + drawn().encode(), "document type"),
    "too large": (b" " * (LARGEST + 1), "too large"),
    "too deep": (drawn("<bpmn:subProcess>" * 60 + "</bpmn:subProcess>" * 60).encode(), "nested too deeply"),
    "in UTF-16": (drawn().encode("utf-16"), "UTF-8"),
    "says another encoding": (b'<?xml version="1.0" encoding="UTF-7"?>' + drawn().encode(), "UTF-8"),
    "one id twice": (drawn(start(), start()).encode(), "have the id “s”"),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_what_is_no_diagram_is_refused_in_words(name: str) -> None:
    raw, told = REFUSED[name]
    with pytest.raises(NotBpmn, match=told):
        read(raw)


def test_nothing_is_fetched_for_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("Karin's address")
    raw = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]><a>&e;</a>'.encode()
    with pytest.raises(NotBpmn, match="document type"):
        read(raw)


def test_a_file_of_many_elements_costs_no_more_than_its_length() -> None:
    xml = drawn(*(f'<bpmn:task id="t{number}"/>' for number in range(15_000)))
    began = time.process_time()
    assert words(xml) == ["p: A diagram has at most 200 elements"]
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT15M", 900),
        ("P2D", 172_800),
        ("P1W", 604_800),
        ("PT1H30M", 5400),
        ("P", None),
        ("PT", None),
        ("P1Y", None),
        ("15 min", None),
    ],
)
def test_a_duration_is_read(text: str, seconds: int | None) -> None:
    assert duration(text) == seconds


def test_an_expression_of_camundas_is_unwrapped() -> None:
    assert process_diagrams.expression("${a != 1 || !b}") == "a != 1  or   not b"
    assert process_diagrams.expression("=a > 1") == "a > 1"


def test_a_terminate_end_is_fine() -> None:
    assert words(drawn(start(), terminate("e"), flow("s", "e"))) == []
