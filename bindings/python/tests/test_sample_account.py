"""The account for previews and screenshots: the same screens in every language, and nothing touched."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import unittest
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from enum import Enum
from pathlib import Path
from typing import Any, Iterator, Optional

import riposte as r

FIXTURES = Path(__file__).resolve().parents[3] / "tests" / "fixtures"


class SampleAccount(unittest.IsolatedAsyncioTestCase):
    async def test_its_screens_are_those_that_are_written_down(self) -> None:
        for locale in ("fr-FR", "en"):
            expected = (FIXTURES / f"sample.{locale[:2]}.txt").read_text("utf-8").splitlines()
            self.assertEqual(await Told(r.sample(locale)).lines(), expected)

    async def test_it_touches_neither_disk_nor_network(self) -> None:
        with tempfile.TemporaryDirectory() as empty, elsewhere(empty):
            opened = open_files()
            account = r.sample()
            await account.conversation(2).send(r.Draft.TEXT(body="Bonjour", reply_to=None), None)
            self.assertTrue(await account.settled(20_000))
            new = [file for file in open_files() - opened if not file.startswith(("anon_inode:", "pipe:"))]
            self.assertEqual(new, [], "a socket or a file")
            del account
            gc.collect()
            self.assertEqual(os.listdir(empty), [])

    async def test_its_clock_is_moved_by_hand(self) -> None:
        clock = r.ManualClock(datetime(2030, 3, 4, 15, tzinfo=timezone.utc))
        paul = r.sample(clock=clock).conversation(2)
        self.assertIsInstance((await paul.screen(r.Around.NEWEST(), 50)).composer, r.Composer.OPEN)
        clock.advance(timedelta(minutes=45))
        self.assertIsInstance((await paul.screen(r.Around.NEWEST(), 50)).composer, r.Composer.RESTART_ONLY)


@contextmanager
def elsewhere(folder: str) -> Iterator[None]:
    """In a folder that is also where temporary files go and what belongs to the user."""
    before, kept = os.getcwd(), {name: os.environ.get(name) for name in ("TMPDIR", "HOME")}
    os.environ.update(TMPDIR=folder, HOME=folder)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def open_files() -> set[str]:
    """What this process has open, by what the system calls it. Elsewhere than on Linux, nothing is said."""
    if sys.platform != "linux":
        return set()
    links = set()
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            links.add(os.readlink(f"/proc/self/fd/{descriptor}"))
        except OSError:
            pass  # the one that listed them
    return links


class Told:
    """Writes an account's screens as lines of text, as `core/src/facade/sample/tests/told.rs` does."""

    def __init__(self, account: r.Account) -> None:
        self.account = account

    async def lines(self) -> list[str]:
        account, info, inbox = self.account, self.account.info(), self.account.inbox()
        lines = [line(info.company_name, info.agent_name, account.words(account.connection_phrase()))]
        counts = await inbox.counts()
        lines.append(line(counts.mine, counts.unassigned, counts.all, counts.unread))
        page = await inbox.page(r.InboxQuery(assignee=r.AssigneeFilter.ALL(), open=None))
        lines += [self.row(row) for row in page.rows]
        for row in page.rows:
            lines += self.screen(await account.conversation(row.id).screen(r.Around.NEWEST(), 50))
        for waiting in await account.outbox().waiting():
            lines.append(line(waiting.conversation_title, waiting.text, self.words(waiting.note), len(waiting.actions)))
        lines += [line(reply.title, reply.text) for reply in await inbox.saved_replies()]
        for choice in await account.templates(1).list(3):
            lines.append(line(choice.template.name, choice.text, self.words(choice.why_not), self.price(choice.price)))
        for charged in (await account.usage().month(2026, 11)).lines:
            amount = charged.amounts[0]
            lines.append(line(charged.country, word(charged.kind), charged.charges, f"{amount.micros} {amount.currency}"))
        return lines

    def row(self, row: r.InboxRow) -> str:
        window: Any = row.window
        if isinstance(window, r.WindowBadge.OPEN):
            window = f"{window.remaining_ms}{' urgent' if window.urgent else ''}"
        return line(
            row.id,
            row.title,
            row.channel and word(row.channel.kind),
            word(row.dot),
            "unread" if row.unread else "read",
            row.preview and self.who(row.preview.author),
            row.preview and row.preview.text,
            "closed" if isinstance(window, r.WindowBadge.CLOSED) else window,
            row.assignee or row.group,
        )

    def screen(self, screen: r.ConversationScreen) -> list[str]:
        composer = screen.composer
        shown = composer.remaining_ms if isinstance(composer, r.Composer.OPEN) else self.words(composer.why)
        draft = screen.draft and screen.draft.text
        colleagues = ", ".join(colleague.name for colleague in screen.colleagues)
        head = line(screen.title, shown, self.price(screen.reply_price), draft, colleagues)
        return [head, *(self.timeline(row) for row in screen.rows)]

    def timeline(self, row: Any) -> str:
        if isinstance(row, r.TimelineRow.GAP):
            return "gap"
        one = row[0]
        if isinstance(row, r.TimelineRow.EVENT):
            return line(seconds(one.at), self.words(one.phrase))
        if isinstance(row, r.TimelineRow.COMMENT):
            return line("comment", seconds(one.at), self.who(one.author), one.body, ", ".join(one.mentions))
        return line(
            word(one.side),
            seconds(one.at),
            self.who(one.author),
            one.text,
            self.words(one.content_phrase),
            one.quoted and one.quoted.text,
            " ".join(reaction.emoji for reaction in one.reactions),
            "tick" if one.tick else "no tick",
            self.words(one.note),
            one.cost and self.words(one.cost.phrase),
            len(one.actions),
        )

    def who(self, who: Any) -> str:
        if isinstance(who, r.AuthorLabel.PERSON):
            return str(who.name)
        return str(self.words(who.phrase)) if isinstance(who, r.AuthorLabel.DESCRIBED) else "you"

    def price(self, price: Optional[r.PriceTag]) -> Optional[str]:
        return price and self.words(price.phrase)

    def words(self, phrase: Optional[r.Phrase]) -> Optional[str]:
        return phrase and self.account.words(phrase)


def word(state: Enum) -> str:
    return state.name.lower()


def seconds(at: datetime) -> int:
    return int(at.timestamp())


def line(*parts: object) -> str:
    return " | ".join("-" if part is None or part == "" else str(part).replace("\n", " / ") for part in parts)


if __name__ == "__main__":
    unittest.main()
