"""Structures that many threads ask for at once, for the first time."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from hub.shapes import convert, decode

ROOT = Path(__file__).parents[2]
ROUNDS = 300
# Each round has structures of its own, which nobody has learned; threads change as often as they can.
CROWD = f"""
import sys, threading, types
from hub.shapes import convert

SOURCE = '''
from __future__ import annotations
from msgspec import Struct

class Inner(Struct):
    one: int
    two: str | None = None

class Outer(Struct):
    inner: Inner
    others: list[Inner]
    named: dict[str, Inner | None] | None = None
'''
SENT = {{"inner": {{"one": 1}}, "others": [{{"one": 2}}], "named": {{"two": None}}}}

sys.setswitchinterval(1e-6)
for number in range({ROUNDS}):
    made = sys.modules[f"round_{{number}}"] = types.ModuleType(f"round_{{number}}")
    exec(SOURCE, made.__dict__)
    together = threading.Barrier(4)
    crowd = [threading.Thread(target=lambda: (together.wait(), convert(SENT, made.Outer))) for _ in range(4)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
"""


def test_a_structure_that_many_ask_for_first_ends_no_process() -> None:
    asked = subprocess.run([sys.executable, "-c", CROWD], cwd=ROOT, check=False, timeout=120)  # noqa: S603 - ours
    assert asked.returncode == 0


def test_nobody_has_the_library_learn_a_structure_in_a_thread() -> None:
    asks = re.compile(r"json\.decode\([^\n]*type=")
    files = [file for folder in ("hub", "connectors", "crm") for file in (ROOT / folder).rglob("*.py")]
    found = [file.name for file in files if asks.search(file.read_text())]
    assert found == ["shapes.py"]


def test_what_is_wrong_with_a_value_is_said() -> None:
    assert convert(["1", "2"], list[int], strict=False) == decode(b"[1, 2]", list[int]) == [1, 2]
    with pytest.raises(msgspec.ValidationError, match=re.escape("Expected `int`, got `str` - at `$[0]`")):
        convert(["1"], list[int])
