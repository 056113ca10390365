"""Where Asterisk writes down what happens to its channels, a file or a table: there it is read what nobody heard."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from connectors.asterisk.chronicle_file import read_file
from connectors.asterisk.chronicle_table import address_of, read_table
from connectors.asterisk.reading import Read
from hub.connector import Unavailable
from hub.said import said

PATIENCE = 120  # seconds


class Chronicle(msgspec.Struct, frozen=True):
    """`file` is a path, `database` the address of one; there is none where both are ""."""

    file: str = ""
    database: str = ""
    table: str = "cel"

    @property
    def is_kept(self) -> bool:
        """Tell whether there is one."""
        return bool(self.file or self.database)

    async def read(self, since: float) -> Read:
        """Read it back to a moment, in seconds since 1970; Unavailable in words where it cannot be read."""
        try:
            async with asyncio.timeout(PATIENCE):
                if self.file:
                    return await asyncio.to_thread(read_file, Path(self.file), since)
                return await read_table(address_of(self.database), self.table, since)
        except TimeoutError as error:
            raise Unavailable(said("Reading the PBX's records took too long.")) from error
