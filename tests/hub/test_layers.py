"""The house keeps its storeys: the import rules hold, and each of them would notice a breach."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_the_import_rules_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(  # noqa: S603 - our own linter
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout
