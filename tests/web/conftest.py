"""The templates' environment, as the running hub has it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from hub.web.environment import environment
from hub.web.frame import Company

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Environment

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def templates() -> Environment:
    """Give the environment over the templates of the hub and of the business."""
    stockholm = Company(name="Klarruta Fönster", zone=ZoneInfo("Europe/Stockholm"))
    return environment([ROOT / "crm/web/templates"], lambda: stockholm)


@pytest.fixture(scope="session")
def render(templates: Environment) -> Callable[..., str]:
    """Give a function that renders a template by its name."""
    return lambda name, **view: templates.get_template(name).render(**view)
