"""What is installed beside Ringback stands in requirements.lock, so that the next machine gets what was tested."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

LOCK = Path(__file__).parent.parent / "requirements.lock"
GROUPS = (
    "pytest",
    "pytest-aiohttp",
    "pytest-xdist",
    "hypothesis",
    "playwright",
    "schemathesis",
    "mypy",
    "ruff",
)


def test_all_that_is_needed_is_in_it() -> None:
    assert _needed("ringback", *GROUPS) - {"ringback"} - _locked() == set()


def _needed(*wanted: str) -> set[str]:
    """Follow what each distribution needs on this machine, down to the last."""
    found: set[str] = set()
    waiting = [_plain(name) for name in wanted]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            needs = map(Requirement, metadata.requires(name) or [])
            waiting += [
                _plain(need.name) for need in needs if not need.marker or need.marker.evaluate({"extra": ""})
            ]
    return found


def _locked() -> set[str]:
    lines = [line for line in LOCK.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {_plain(line.partition("==")[0]) for line in lines}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
