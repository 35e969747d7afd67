"""Tells a story: step after step, and says precisely where it stopped being true."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any, Optional

import riposte as r

from .matching import differences, edge, phrases_met
from .picture import Pen
from .world import PATIENCE, World

FOLDER = Path(__file__).resolve().parents[4] / "tests" / "scenarios"
NOT_STORIES = {"cast.json"}

#: What a step says besides its deed.
DETAILS = {"at", "note", "to", "of", "on", "times", "quotes", "mentions", "values", "how", "refused", "told", "reason"}
#: The words of an expectation that only say which part of a screen is meant.
QUESTIONS = {
    "inbox": {"whose", "channel", "open", "unread", "unanswered", "closing_soon"},
    "conversation": {"with", "on"},
    "templates": {"for", "on"},
    "search": {"for"},
    "provider": {"on"},
}


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json") if path.name not in NOT_STORIES)


def merged(whole: Any, patch: Any) -> Any:
    """RFC 7396: null takes away."""
    if not isinstance(patch, dict):
        return patch
    whole = dict(whole) if isinstance(whole, dict) else {}
    for name, value in patch.items():
        if value is None:
            whole.pop(name, None)
        else:
            whole[name] = merged(whole.get(name), value)
    return whole


def phrase_lines() -> list[tuple[str, dict[str, str]]]:
    files = [(language, FOLDER / f"phrases.{language}.txt") for language in ("en", "fr")]
    read = lambda path: dict(line.split(" | ", 1) for line in path.read_text("utf-8").splitlines() if " | " in line)
    return [(language, read(path)) for language, path in files]


async def tell(name: str) -> None:
    cast = json.loads((FOLDER / "cast.json").read_text("utf-8"))
    story = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    await tell_story(merged(cast, story.get("cast", {})), story["steps"])


async def tell_story(cast: dict[str, Any], steps: list[dict[str, Any]]) -> None:
    teller = Teller(World(cast))
    try:
        await teller.sign_in(steps)
        for number, step in enumerate(steps, 1):
            try:
                await teller.step(step)
            except Exception as error:
                at = teller.world.calendar.write(teller.world.clock.now())
                said = f"{type(error).__name__}: {error}" if not isinstance(error, AssertionError) else error
                raise AssertionError(f"step {number} ({at}): {said}") from error
    finally:
        await teller.world.stop()


class Teller:
    def __init__(self, world: World) -> None:
        self.world = world
        self.lines = phrase_lines()

    async def sign_in(self, steps: list[dict[str, Any]]) -> None:
        """Every phone that has a part in the story, unless a step of its own signs it in."""
        own_step = {step["phone"] for step in steps if "signs_in" in step}
        parts = {step.get("phone", step.get("expect", {}).get("phone")) for step in steps}
        for key in sorted(parts - own_step - {None}):
            await self.world.phone(key).sign_in()
        await self.world.settle()

    async def step(self, step: dict[str, Any]) -> None:
        if "at" in step:
            self.world.go_to(step["at"])
            await self.world.settle()
        if "expect" in step:
            await self.expect(step["expect"])
        elif step.keys() & {"customer", "phone", "provider", "server"}:
            await self.perform(step)
            await self.world.settle()

    async def perform(self, step: dict[str, Any]) -> None:
        subject = next(name for name in ("customer", "phone", "provider", "server") if name in step)
        deeds = [name for name in step if name not in DETAILS | {subject}]
        assert len(deeds) == 1, f"one deed, not {deeds}"
        deed, value, who = deeds[0], step[deeds[0]], step[subject]
        if subject == "customer":
            self.world.customer(who, deed, value, step)
        elif subject == "provider":
            self.world.provider(deed, value, step)
        elif subject == "server":
            self.world.operator(deed)
        elif deed == "network":
            await self.world.network(who, value)
        else:
            told = await self.world.phone(who).perform(deed, value, step)
            if "told" in step:
                pen = Pen(self.world.cast, self.world.calendar, "")
                self.compare(f"what {who} was told", step["told"], pen.phrase(told), pen.phrases)

    async def expect(self, expected: dict[str, Any]) -> None:
        """While a network hangs nobody can say when things have come to rest, and who looks at a
        conversation is told by the live stream alone: then it is looked at again, for a while."""
        until = time.monotonic() + PATIENCE
        hinted = "colleagues" in (expected.get("conversation") or {})
        while True:
            try:
                return await self.look(expected)
            except AssertionError:
                if not (hinted or self.world.hangs()) or time.monotonic() > until:
                    raise
                await asyncio.sleep(0.005)

    async def look(self, expected: dict[str, Any]) -> None:
        for screen, wanted in expected.items():
            if screen == "phone":
                continue
            if screen == "provider":
                texts = self.world.taken_by_provider(wanted.get("on"))
                shown, phrases, where = {"received": len(texts), "texts": texts}, [], "provider"
            else:
                phone = self.world.phone(expected["phone"])
                shown, phrases = await phone.screen(screen, wanted)
                where = f"{expected['phone']}'s {screen}"
            if isinstance(wanted, dict):
                wanted = {name: value for name, value in wanted.items() if name not in QUESTIONS.get(screen, ())}
                for end in ("first_rows", "last_rows"):
                    if end in wanted:
                        rows = wanted.pop(end)
                        self.compare(f"{where}.{end}", rows, edge(end, shown["rows"], rows), phrases)
            self.compare(where, wanted, shown, phrases)

    def compare(self, where: str, wanted: Any, shown: Any, phrases: list[tuple[dict[str, Any], r.Phrase]]) -> None:
        wrong = next(differences(wanted, shown), None)
        assert wrong is None, where + str(wrong)
        for met in phrases_met(wanted, shown):
            self.say(met, next(phrase for written, phrase in phrases if written == met))

    def say(self, written: dict[str, Any], phrase: r.Phrase) -> None:
        """Its words, in both languages, are those of the files."""
        world = self.world
        left = written["say"]
        for name in sorted(written.keys() - {"say"}):
            left += f" {name}={json.dumps(written[name], ensure_ascii=False)}"
        now = world.clock.now()
        if any(isinstance(arg.value, r.PhraseValue.AT) for arg in phrase.args):
            left += f" on day {world.calendar.day(now)}"
        for language, known in self.lines:
            said = r.phrase_words(phrase, language, world.calendar.utc_offset_minutes, now)
            assert known.get(left) == said, f"phrases.{language}.txt does not say: {left} | {said}"
