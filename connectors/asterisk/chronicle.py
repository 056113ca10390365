"""Where Asterisk writes down what happens, a file or a table: there it is read what nobody heard.

That is CEL, which tells of each thing that happened to a channel, or CDR, which sums up who talked with whom.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal

import msgspec

from connectors.asterisk.call_records import CDR, retold
from connectors.asterisk.chronicle_file import read_file
from connectors.asterisk.chronicle_table import address_of, read_table
from connectors.asterisk.entries import CEL, Entry
from connectors.asterisk.reading import Form, Read, T
from hub.connector import Unavailable
from hub.said import said

PATIENCE = 120  # seconds


class Chronicle(msgspec.Struct, frozen=True):
    """`file` is a path, `database` the address of one; there is none where both are ""."""

    file: str = ""
    database: str = ""
    table: str = "cel"
    form: Literal["cel", "cdr"] = "cel"

    @property
    def is_kept(self) -> bool:
        """Tell whether there is one."""
        return bool(self.file or self.database)

    async def read(self, since: float) -> Read[Entry]:
        """Read it back to a moment, in seconds since 1970; Unavailable in words where it cannot be read."""
        try:
            async with asyncio.timeout(PATIENCE):
                if self.form == "cel":
                    return await self._read(CEL, since)
                records = await self._read(CDR, since)
                return Read(retold(records.entries), records.unreadable, records.is_whole)
        except TimeoutError as error:
            raise Unavailable(said("Reading the PBX's records took too long.")) from error

    async def _read(self, form: Form[T], since: float) -> Read[T]:
        if self.file:
            return await asyncio.to_thread(read_file, Path(self.file), form, since)
        return await read_table(address_of(self.database), self.table, form, since)
