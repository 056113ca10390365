"""The console's pages of the business and its API, a file each; loading this package declares them all."""

from __future__ import annotations

from pathlib import Path

from crm.web import (
    api_contacts,  # noqa: F401 - declares
    api_deadlines,  # noqa: F401 - declares
    api_forms,  # noqa: F401 - declares
    api_interactions,  # noqa: F401 - declares
    api_tasks,  # noqa: F401 - declares
)

TEMPLATES = Path(__file__).parent / "templates"
