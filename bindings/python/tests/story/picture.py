"""What a screen shows, as every language writes it. Writes down what the records hold and computes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any, Optional

import riposte as r

EPOCH = datetime.fromtimestamp(0, timezone.utc)


def word(value: Any) -> str:
    """The wire's word for a state."""
    return (value.name if isinstance(value, Enum) else type(value).__name__.rpartition(".")[2]).lower()


def maybe(write: Any, value: Any) -> Any:
    return None if value is None else write(value)


def span(ms: int) -> dict[str, int]:
    return {"span_ms": ms}


def amount(money: r.Money) -> dict[str, Any]:
    return {"micros": money.micros, "currency": money.currency}


class Pen:
    """Puts phrases into words where and when its phone is."""

    def __init__(self, phone: Any) -> None:
        self.utc_offset_minutes, self.now = phone.utc_offset_minutes, phone.clock.now()

    def at(self, at: Optional[datetime]) -> Optional[dict[str, int]]:
        return maybe(lambda at: {"at_ms": (at - EPOCH) // timedelta(milliseconds=1)}, at)

    def phrase(self, phrase: Optional[r.Phrase]) -> Optional[dict[str, Any]]:
        if phrase is None:
            return None
        said = {
            language: r.phrase_words(phrase, language, self.utc_offset_minutes, self.now) for language in ("en", "fr")
        }
        return {"phrase": phrase.key, "args": {arg.name: self.value(arg.value) for arg in phrase.args}, **said}

    def value(self, value: Any) -> Any:
        kind, inner = word(value), value[0]
        if kind == "at":
            return self.at(inner)
        if kind == "duration_ms":
            return span(inner)
        if kind == "size_bytes":
            return {"size_bytes": inner}
        return amount(inner) if kind == "money" else inner

    def person(self, name: Optional[str]) -> Optional[dict[str, str]]:
        """A customer or an agent."""
        return maybe(lambda name: {"person": name}, name)

    def group(self, name: Optional[str]) -> Optional[dict[str, str]]:
        return maybe(lambda name: {"group": name}, name)

    def who(self, who: Any) -> Any:
        if isinstance(who, r.AuthorLabel.PERSON):
            return self.person(who.name)
        return self.phrase(who.phrase) if isinstance(who, r.AuthorLabel.DESCRIBED) else {"you": True}

    def dot(self, dot: r.Dot) -> Optional[str]:
        return None if dot is r.Dot.NONE else word(dot)

    def reason(self, progress: Any) -> Optional[str]:
        if isinstance(progress, r.SendProgress.NEEDS_DECISION):
            return word(progress.reason)
        return progress.code if isinstance(progress, r.SendProgress.REFUSED) else None

    # Lists

    def card(self, row: r.InboxRow) -> dict[str, Any]:
        window = row.window
        is_open = isinstance(window, r.WindowBadge.OPEN)
        preview = row.preview
        return {
            "customer": self.person(row.title),
            "name": row.title,
            "channel": maybe(lambda channel: word(channel.kind), row.channel),
            "page": maybe(lambda channel: channel.account_name, row.channel),
            "preview": maybe(lambda line: line.text, preview),
            "preview_kind": maybe(lambda line: self.phrase(line.phrase), preview),
            "from": maybe(lambda line: self.who(line.author), preview),
            "at": self.at(row.at),
            "dot": self.dot(row.dot),
            "unread": row.unread,
            "waiting_since": self.at(row.waiting_since),
            "open": row.open,
            "window": maybe(word, window) if not (is_open and window.urgent) else "closing",
            "left": span(window.remaining_ms) if is_open else None,
            "assignee": self.person(row.assignee),
            "group": self.group(row.group),
        }

    def waiting(self, command: r.WaitingCommand) -> dict[str, Any]:
        return {
            "to": self.person(command.conversation_title),
            "what": command.kind,
            "text": command.text,
            "at": self.at(command.at),
            "state": word(command.progress),
            "reason": self.reason(command.progress),
            "note": self.phrase(command.note),
            "actions": [word(action) for action in command.actions],
        }

    def template(self, choice: r.TemplateChoice) -> dict[str, Any]:
        return {
            "name": choice.template.name,
            "status": word(choice.template.status),
            "usable": choice.usable,
            "why": self.phrase(choice.why_not),
            "text": choice.text,
            "variables": choice.variables,
            "price": maybe(lambda price: self.phrase(price.phrase), choice.price),
        }

    def usage(self, month: r.UsageMonth) -> dict[str, Any]:
        return {
            "month": f"{month.year:04}-{month.month:02}",
            "lines": [
                {
                    "market": line.market,
                    "country": line.country,
                    "channel": maybe(word, line.channel_kind),
                    "page": line.channel_name,
                    "kind": word(line.kind),
                    "charges": line.charges,
                    "from_allowance": line.from_allowance,
                    "not_priced": line.not_priced,
                    "amounts": [amount(money) for money in line.amounts],
                }
                for line in month.lines
            ],
            "totals": [amount(money) for money in month.totals],
            "allowances": [{"kind": word(a.kind), "total": a.total, "left": a.left} for a in month.allowances],
            "estimate": month.estimate,
            "differences": len(month.differences),
            "notice": self.phrase(month.notice),
        }

    def agent(self, agent: r.Agent, groups: dict[int, str]) -> dict[str, Any]:
        return {
            "who": self.person(agent.name),
            "status": word(agent.status),
            "administrator": agent.administrator,
            "groups": [self.group(groups[group]) for group in agent.groups if group in groups],
        }

    def channel(self, line: r.ChannelLine) -> dict[str, Any]:
        return {
            "channel": word(line.kind),
            "page": line.name,
            "state": word(line.state),
            "notice": self.phrase(line.phrase),
            "templates": line.templates,
        }

    # A conversation

    def conversation(self, screen: r.ConversationScreen) -> dict[str, Any]:
        channel = screen.channel
        return {
            "customer": self.person(screen.title),
            "name": screen.title,
            "channel": maybe(lambda channel: word(channel.kind), channel),
            "page": maybe(lambda channel: channel.name, channel),
            "channel_notice": maybe(lambda channel: self.phrase(channel.notice), channel),
            "open": screen.open,
            "assignee": maybe(lambda agent: self.person(agent.name), screen.assignee),
            "group": maybe(lambda group: self.group(group.name), screen.group),
            "dot": self.dot(screen.dot),
            "composer": self.composer(screen.composer),
            "price": maybe(lambda price: self.phrase(price.phrase), screen.reply_price),
            "waits_for_answer": self.phrase(screen.waits_for_answer),
            "draft": maybe(lambda draft: draft.text, screen.draft),
            "colleagues": [{"who": self.person(one.name), "answering": one.answering} for one in screen.colleagues],
            "more_before": screen.more_before,
            "valid_until": self.at(screen.valid_until),
            "count": len(screen.rows),
            "rows": [self.row(row) for row in screen.rows],
        }

    def composer(self, composer: Any) -> dict[str, Any]:
        picture: dict[str, Any] = {"is": word(composer)}
        if isinstance(composer, r.Composer.OPEN):
            left = maybe(span, composer.remaining_ms)
            return {**picture, "closes_at": self.at(composer.closes_at), "left": left, "human_agent": composer.human_agent}
        if isinstance(composer, r.Composer.RESTART_ONLY):
            picture["since"] = self.at(composer.since)
        return {**picture, "why": self.phrase(composer.why)}

    def row(self, row: Any) -> dict[str, Any]:
        if isinstance(row, r.TimelineRow.GAP):
            return {"gap": True}
        inner = row[0]
        if isinstance(row, r.TimelineRow.EVENT):
            return {"kind": "event", "at": self.at(inner.at), "text": self.phrase(inner.phrase)}
        common = {
            "who": self.who(inner.author),
            "at": self.at(inner.at),
            "state": maybe(word, inner.progress),
            "note": self.phrase(inner.note),
            "actions": [word(action) for action in inner.actions],
        }
        if isinstance(row, r.TimelineRow.COMMENT):
            mentions = [self.person(name) for name in inner.mentions]
            return {**common, "kind": "comment", "text": inner.body, "mentions": mentions}
        return {
            **common,
            "side": word(inner.side),
            "channel": word(inner.channel),
            "kind": word(inner.content),
            "text": inner.text,
            "fill": word(inner.fill),
            "tick": inner.tick,
            "reason": self.reason(inner.progress),
            "cost": maybe(lambda cost: self.phrase(cost.phrase), inner.cost),
            "quotes": maybe(lambda quoted: quoted.text, inner.quoted),
            "reactions": [mark.emoji for mark in inner.reactions],
            "edited": inner.edited,
            "deleted": inner.deleted,
            "size_bytes": inner.content[0].size_bytes if isinstance(inner.content, r.Content.MEDIA) else None,
        }
