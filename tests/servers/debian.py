"""Programs that tests need and pip cannot bring: taken from the system, installed where that may be done."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

SECONDS = 300


class MissingError(Exception):
    """A program is not here and cannot be put here; the message says which, and how it is had."""


def need(package: str, *places: str) -> Path:
    """Give the newest file that one of these patterns finds, installing the package if there is none."""
    found = find(places)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        install(package)
        found = find(places)
    if found is None:
        raise MissingError(f"{package} is missing: apt-get install {package}")
    return found


def find(places: tuple[str, ...]) -> Path | None:
    """Look for the patterns one after the other; of several versions the highest."""
    for place in places:
        found = sorted(Path("/").glob(place.lstrip("/")), key=lambda path: (len(str(path)), path))
        if found:
            return found[-1]
    return None


def install(package: str) -> None:
    """Run apt-get with a bound on its time; what went wrong is told by what is still missing."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", package]):
        try:
            subprocess.run(
                ["apt-get", "--quiet", *arguments],
                env=quiet,
                timeout=SECONDS,
                capture_output=True,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return
