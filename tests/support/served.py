"""An application on a real socket of this machine, in this very process."""

import asyncio
from contextlib import asynccontextmanager, suppress

import uvloop

from wallet.server.http.serve import until


def served(app, play):
    """Run *play* with a way to connect to *app*, served as everything is served."""

    async def main():
        stop, heard = asyncio.Event(), asyncio.Queue()
        where = {"host": "127.0.0.1", "port": 0, "listening": heard.put_nowait}
        serving = asyncio.create_task(until(stop, app, **where))
        port = int((await heard.get()).rpartition(":")[2])

        @asynccontextmanager
        async def connected(**options):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, **options)
            try:
                yield reader, writer
            finally:
                with suppress(OSError, RuntimeError):
                    writer.close()
                    await writer.wait_closed()

        try:
            async with asyncio.timeout(120):
                await play(connected)
        finally:
            stop.set()
            await serving

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
