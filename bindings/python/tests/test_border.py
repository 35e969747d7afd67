"""What must hold at the border between Python and the core, whatever is on the other side."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import tempfile
import threading
import typing
import unittest
from concurrent.futures import ThreadPoolExecutor

import riposte as r
from desk import Desk, text


class Errors(unittest.IsolatedAsyncioTestCase):
    async def test_an_error_comes_with_its_code_and_says_whether_to_try_again(self) -> None:
        async with Desk() as desk:
            core = await desk.phone.start()
            with self.assertRaises(r.RiposteError.Refused) as refused:
                await core.sign_in(desk.phone.url, desk.phone.email, "wrong horse")
            self.assertEqual(refused.exception.error_code(), "bad_credentials")
            self.assertFalse(refused.exception.retryable())
            self.assertIn("password", r.phrase_words(refused.exception.phrase, "en", 0, desk.world.clock.now()))
            with self.assertRaises(r.RiposteError.Offline) as offline:
                await core.sign_in("http://127.0.0.1:1", desk.phone.email, desk.phone.password)
            self.assertEqual((offline.exception.error_code(), offline.exception.retryable()), ("offline", True))
            with self.assertRaises(r.RiposteError.NotFound):
                await core.account("nobody")

    async def test_after_leaving_the_block_nothing_runs(self) -> None:
        async with Desk() as desk:
            with tempfile.TemporaryDirectory() as folder:
                async with r.opened(folder, clock=desk.world.clock) as core:
                    account = await core.sign_in(desk.phone.url, desk.phone.email, desk.phone.password)
                    await account.settled(10_000)
                with self.assertRaises(r.RiposteError.Paused):
                    await account.inbox().counts()
                open_files = [os.path.realpath(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")]
                self.assertEqual([path for path in open_files if path.startswith(folder)], [])


class Leaving(unittest.TestCase):
    def test_a_process_that_ends_in_the_middle_of_everything_ends_as_it_was_told(self) -> None:
        folder = os.path.dirname(os.path.abspath(__file__))
        for ends, code in [("plain", 0), ("raise", 3), ("open", 0)] * 4:
            left = subprocess.run(
                [sys.executable, os.path.join(folder, "leaver.py"), ends], capture_output=True, text=True, timeout=60
            )
            self.assertEqual(left.returncode, code, f"{ends}: {left.stderr}")
            if ends != "open":
                self.assertEqual(left.stderr, "")


    def test_a_loop_that_was_closed_in_the_middle_of_a_call_hears_nothing_of_it_any_more(self) -> None:
        wrong: list = []
        sys.unraisablehook, before = wrong.append, sys.unraisablehook
        try:
            asyncio.run(self.closed_in_the_middle())
        finally:
            sys.unraisablehook = before
        self.assertEqual(wrong, [])

    async def closed_in_the_middle(self) -> None:
        async with Desk() as desk:
            changes = (await desk.sign_in()).changes()
            left: list = []

            def begin_and_close() -> None:
                loop = asyncio.new_event_loop()
                left.append(loop.create_task(changes.next()))
                loop.run_until_complete(asyncio.sleep(0.05))
                loop.close()

            thread = threading.Thread(target=begin_and_close)
            thread.start()
            thread.join()
            self.assertFalse(left[0].done())
            # The call wakes at once, with no loop to go on in.
            changes.stop()
            left[0]._log_destroy_pending = False


class Hints(unittest.TestCase):
    def test_everything_that_is_exported_has_type_hints_that_resolve(self) -> None:
        for name in r.__all__:
            thing = getattr(r, name)
            for call in vars(thing).values() if isinstance(thing, type) else [thing]:
                if callable(call) and hasattr(call, "__annotations__") and not call.__name__.startswith("_"):
                    typing.get_type_hints(call, vars(sys.modules[call.__module__]))
        self.assertTrue(os.path.exists(os.path.join(os.path.dirname(r.__file__), "py.typed")))


class Cancelling(unittest.IsolatedAsyncioTestCase):
    async def test_a_cancelled_call_is_done_whole_or_not_at_all(self) -> None:
        async with Desk() as desk:
            await desk.sign_in()
            lea = await desk.lea()
            for number in range(24):
                call = asyncio.ensure_future(lea.send(text(f"n° {number}"), f"once-{number}"))
                for _ in range(number % 6):
                    await asyncio.sleep(0)
                call.cancel()
                await asyncio.gather(call, return_exceptions=True)
            # Given again under the same key: what was done is not done twice.
            for number in range(24):
                await lea.send(text(f"n° {number}"), f"once-{number}")
            await desk.world.settle()
            self.assertEqual(sorted(desk.received()), sorted(f"n° {number}" for number in range(24)))

    async def test_a_stream_that_is_stopped_or_dropped_ends_its_task(self) -> None:
        async with Desk() as desk:
            account = await desk.sign_in()

            async def listen(changes: r.Changes, seen: list) -> None:
                async with changes:
                    async for batch in changes:
                        seen.extend(batch)

            changes, seen = r.Changes(account), []
            task = asyncio.ensure_future(listen(changes, seen))
            await (await desk.lea()).comment("Pour moi", [])
            await desk.world.settle()
            while not any(isinstance(one, r.Changed.CONVERSATION) for one in seen):
                await asyncio.sleep(0.001)
            changes.stop()
            await asyncio.wait_for(task, 1)
            # A cancelled listener takes nothing from the next one.
            changes = r.Changes(account)
            task = asyncio.ensure_future(listen(changes, []))
            await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self.assertTrue(task.cancelled())
            # The account goes: so do its streams.
            task = asyncio.ensure_future(listen(r.Changes(account), []))
            await asyncio.sleep(0.01)
            await desk.phone.core.pause()
            desk.phone.account = desk.phone.core = account = None
            gc.collect()
            await asyncio.wait_for(task, 5)


class Memory(unittest.TestCase):
    def test_ten_thousand_rounds_hold_no_more_than_a_thousand(self) -> None:
        asyncio.run(self.ten_thousand_rounds())

    async def ten_thousand_rounds(self) -> None:
        async with Desk() as desk:
            account = await desk.sign_in()
            lea = (await desk.lea()).id()
            with tempfile.TemporaryDirectory() as folder:

                async def one_round() -> None:
                    config = r.Config(folder=folder, secrets=r.MemorySecrets(), clock=desk.world.clock)
                    core, stream = await r.Riposte.start(config), account.changes()
                    waiting = asyncio.ensure_future(stream.next())
                    await account.conversation(lea).screen(r.Around.NEWEST(), 50)
                    waiting.cancel()
                    await asyncio.gather(waiting, return_exceptions=True)
                    del core, stream

                async def rounds(count: int) -> int:
                    for _ in range(0, count, 10):
                        await asyncio.gather(*(one_round() for _ in range(10)))
                    gc.collect()
                    return resident_bytes()

                after_a_thousand = await rounds(1_000)
                after_ten_thousand = await rounds(9_000)
            self.assertLessEqual(after_ten_thousand, after_a_thousand + 5_000_000)


def resident_bytes() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Safe(r.MemorySecrets):
    """A safe that does what a test tells it to before it answers."""

    def __init__(self) -> None:
        super().__init__()
        self.before: typing.Callable[[], None] = lambda: None

    def get(self, name: str) -> str:
        self.before()
        return super().get(name)

    def put(self, name: str, secret: str) -> None:
        self.before()
        super().put(name, secret)


def locked() -> None:
    raise r.SecretError.Locked()


def broken() -> None:
    raise RuntimeError("the keyring has gone")


class Secrets(unittest.IsolatedAsyncioTestCase):
    async def test_a_safe_that_is_locked_or_throws_loses_nothing(self) -> None:
        for trouble in (locked, broken):
            async with Desk() as desk:
                safe = Safe()
                await desk.sign_in(safe)
                await desk.lea()
                safe.before = trouble
                await desk.phone.restart()
                lea = await desk.lea()
                await lea.send(text("Elle part ce soir."), None)
                self.assertEqual(len(await desk.phone.account.outbox().waiting()), 1)
                self.assertEqual(desk.received(), [])
                safe.before = lambda: None
                desk.phone.account.network_available()
                await desk.world.settle()
                self.assertEqual(desk.received(), ["Elle part ce soir."])

    async def test_a_safe_that_keeps_nothing_signs_nobody_in(self) -> None:
        async with Desk() as desk:
            safe = Safe()
            safe.before = broken
            with self.assertRaises(r.RiposteError):
                await desk.sign_in(safe)
            self.assertEqual(desk.phone.core.accounts(), [])
            safe.before = lambda: None
            await desk.sign_in()
            self.assertEqual(len(desk.phone.core.accounts()), 1)

    async def test_a_safe_that_blocks_holds_up_nothing_else(self) -> None:
        async with Desk() as desk:
            safe, opened = Safe(), threading.Event()
            await desk.sign_in(safe)
            await desk.lea()
            safe.before = lambda: opened.wait(10) and None
            await desk.phone.restart()
            await (await desk.lea()).send(text("Un instant."), None)
            page = await desk.phone.account.inbox().page(r.InboxQuery(assignee=r.AssigneeFilter.ALL()))
            self.assertEqual([row.title for row in page.rows], ["Léa Martin"])
            self.assertEqual([one.text for one in await desk.phone.account.outbox().waiting()], ["Un instant."])
            self.assertEqual(desk.received(), [])
            opened.set()
            await desk.world.settle()
            self.assertEqual(desk.received(), ["Un instant."])


class Threads(unittest.IsolatedAsyncioTestCase):
    async def test_calls_from_thirty_two_threads_at_once(self) -> None:
        async with Desk() as desk:
            account = await desk.sign_in()
            lea = (await desk.lea()).id()
            together = threading.Barrier(32)

            async def one(number: int) -> int:
                conversation = account.conversation(lea)
                for turn in range(3):
                    await conversation.send(text(f"{number}.{turn}"), None)
                    await account.inbox().page(r.InboxQuery(assignee=r.AssigneeFilter.ALL()))
                    await conversation.screen(r.Around.NEWEST(), 50)
                return account.inbox() is not None

            def work(number: int) -> bool:
                together.wait()
                return asyncio.run(one(number))

            with ThreadPoolExecutor(32) as pool:
                loop = asyncio.get_running_loop()
                await asyncio.gather(*(loop.run_in_executor(pool, work, number) for number in range(32)))
            await desk.world.settle()
            sent = desk.received()
            self.assertEqual(sorted(sent), sorted(f"{number}.{turn}" for number in range(32) for turn in range(3)))
            for number in range(32):
                self.assertEqual([one for one in sent if one.startswith(f"{number}.")], [f"{number}.{turn}" for turn in range(3)])


class Crossings(unittest.IsolatedAsyncioTestCase):
    """A screen is two calls at most, and small enough to be read at each change."""

    async def test_a_screen_is_two_calls_and_some_kilobytes(self) -> None:
        async with Desk() as desk:
            account = await desk.sign_in()
            desk.world.customer("lea", "Et mon colis ? " * 4, times=49)
            await desk.world.settle()
            lea = await desk.lea()
            with Counting() as inbox:
                await account.inbox().page(r.InboxQuery(assignee=r.AssigneeFilter.ALL()))
                await account.inbox().counts()
            with Counting() as conversation:
                await lea.enter()
                screen = await lea.screen(r.Around.NEWEST(), 50)
            self.assertEqual(len(screen.rows), 50)
            print(f"\ninbox: {inbox.calls} calls, {inbox.bytes} bytes; 50 messages: {conversation.calls} calls, {conversation.bytes} bytes")
            self.assertLessEqual(inbox.calls, 2)
            self.assertLessEqual(conversation.calls, 2)
            self.assertLessEqual(conversation.bytes, 50 * 512)


class Counting:
    """Counts what crosses: asynchronous calls, and the bytes of the buffers they come back with."""

    def __enter__(self) -> "Counting":
        core = r._core
        self.calls = self.bytes = 0
        self.call, self.read = core._uniffi_rust_call_async, core._UniffiRustBuffer.consume_with_stream

        async def counted(*args: typing.Any) -> typing.Any:
            self.calls += 1
            return await self.call(*args)

        def weighed(buffer: typing.Any) -> typing.Any:
            self.bytes += buffer.len
            return self.read(buffer)

        core._uniffi_rust_call_async, core._UniffiRustBuffer.consume_with_stream = counted, weighed
        return self

    def __exit__(self, *_: object) -> None:
        r._core._uniffi_rust_call_async, r._core._UniffiRustBuffer.consume_with_stream = self.call, self.read


if __name__ == "__main__":
    unittest.main()
