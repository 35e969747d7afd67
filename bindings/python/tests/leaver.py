"""A process that ends while calls are under way, streams wait, and nobody has paused."""

from __future__ import annotations

import asyncio
import atexit
import sys

import riposte as r
from desk import Desk

kept: list = []


async def main(ends: str) -> None:
    desk = Desk()
    await desk.__aenter__()
    # It would outlive this process, and hold the pipe that somebody reads to its end.
    atexit.register(desk.world.server.process.kill)
    account = await desk.sign_in()
    kept.append((desk, account))
    lea = await desk.lea()

    async def looks() -> None:
        while True:
            await lea.screen(r.Around.NEWEST(), 50)

    async def listens() -> None:
        changes = account.changes()
        while await changes.next() is not None:
            pass

    kept.extend(asyncio.ensure_future(work()) for work in [looks, looks, looks, listens, listens])
    await asyncio.sleep(0.1)
    if ends == "raise":
        sys.exit(3)


if sys.argv[1] == "open":
    # What asyncio.run() does and this does not: cancel the tasks, close the loop.
    loop = asyncio.new_event_loop()
    kept.append(loop)
    loop.run_until_complete(main(sys.argv[1]))
else:
    asyncio.run(main(sys.argv[1]))
