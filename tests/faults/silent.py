"""A way to a server that can fall silent: connections stay open and nothing comes through any more.

So look a firewall that forgot a connection, a cable that was pulled, and a server that hangs.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

SOCKET = ".s.PGSQL.5432"


class Way:
    """A socket in a folder that leads to a server's own. Silent while `is_open` is not set."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self.is_open = asyncio.Event()
        self.is_open.set()
        self._tasks: set[asyncio.Task[None]] = set()

    def lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Takes a connection."""
        task = asyncio.create_task(self._lead(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.is_open.wait()
            there, back = await asyncio.open_unix_connection(str(self._server / SOCKET))
            try:
                await asyncio.gather(self._carry(reader, back), self._carry(there, writer))
            finally:
                back.close()
        except OSError:
            pass  # one of the two has left
        finally:
            writer.close()

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            await self.is_open.wait()
            target.write(data)
            await target.drain()
        target.close()

    async def close(self) -> None:
        """Ends every connection."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # what was closed is gone after the loop's next turn


@asynccontextmanager
async def silent_way(folder: Path, server: Path) -> AsyncIterator[Way]:
    """A way to the server whose socket is in another folder."""
    way = Way(server)
    listener = await asyncio.start_unix_server(way.lead, str(folder / SOCKET))
    try:
        yield way
    finally:
        listener.close()
        await way.close()
