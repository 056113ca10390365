"""The console's pages of the business and its API, a file each; loading this package declares them all."""

from __future__ import annotations

from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"
