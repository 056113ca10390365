"""A real hub in a process of its own, and what a bench needs to know of it.

`python -m tests.bench.hub_process DIR [proxied]` serves on a free port and prints the port and the path of the form's
intake. Proxied, it believes what a proxy says of whoever asks.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from urllib.parse import urlsplit

from hub.serve import Started, serve
from hub.settings import Settings, default_file


def tell(started: Started) -> None:
    """Print where it is."""
    token = (started.form or "").rpartition("/")[2]
    print(urlsplit(started.address).port, f"/in/website/{token}", flush=True)


if __name__ == "__main__":
    company = default_file("company.toml")
    asyncio.run(
        serve(
            Path(sys.argv[1]),
            ("127.0.0.1", 0),
            Settings(behind_proxy="proxied" in sys.argv),
            company,
            started=tell,
        )
    )
