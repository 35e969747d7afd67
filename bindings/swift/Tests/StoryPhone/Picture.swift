import Foundation
import Riposte
import RiposteCore

/// The wire's word for a state: `needsDecision(reason:)` is `needs_decision`.
func word(_ value: Any) -> String {
    let name = Mirror(reflecting: value).children.first?.label ?? "\(value)"
    return name.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
}

func word(maybe value: Any?) -> Json { value.map { .text(word($0)) } ?? .null }

/// What a screen shows, as every language writes it. Writes down what the records hold and computes nothing.
struct Pen {
    let utcOffsetMinutes: Int32, now: Date

    func at(_ at: Date?) -> Json { at.map { .fields(["at_ms": .int(Int(($0.timeIntervalSince1970 * 1000).rounded()))]) } ?? .null }
    private func span(_ ms: Int64?) -> Json { ms.map { .fields(["span_ms": .int(Int($0))]) } ?? .null }
    private func money(_ amount: Money) -> Json { .fields(["micros": .int(Int(amount.micros)), "currency": .text(amount.currency)]) }

    func phrase(_ phrase: Phrase?) -> Json {
        guard let phrase else { return .null }
        var written: [String: Json] = ["phrase": .text(phrase.key)]
        written["args"] = .fields(Dictionary(uniqueKeysWithValues: phrase.args.map { ($0.name, value($0.value)) }))
        for language in ["en", "fr"] {
            written[language] = .text(phraseWords(phrase: phrase, locale: language, utcOffsetMinutes: utcOffsetMinutes, now: now))
        }
        return .fields(written)
    }

    private func value(_ value: PhraseValue) -> Json {
        switch value {
        case .text(let text): .text(text)
        case .number(let number): .int(Int(number))
        case .at(let at): self.at(at)
        case .durationMs(let ms): span(ms)
        case .sizeBytes(let bytes): .fields(["size_bytes": .int(Int(bytes))])
        case .money(let amount): money(amount)
        }
    }

    /// A customer or an agent.
    func person(_ name: String?) -> Json { name.map { .fields(["person": .text($0)]) } ?? .null }
    private func group(_ name: String?) -> Json { name.map { .fields(["group": .text($0)]) } ?? .null }

    private func who(_ who: AuthorLabel?) -> Json {
        switch who {
        case nil: .null
        case .you: .fields(["you": .bool(true)])
        case .person(let name): person(name)
        case .described(let said): phrase(said)
        }
    }

    private func dot(_ dot: Dot) -> Json { dot == Dot.none ? .null : .text(word(dot)) }

    private func reason(_ progress: SendProgress?) -> Json {
        switch progress {
        case .needsDecision(let reason): .text(word(reason))
        case .refused(let code): .text(code)
        default: .null
        }
    }

    private func actions(_ actions: [MessageAction]) -> Json { .texts(actions.map { word($0) }) }

    // Lists

    func card(_ row: InboxRow) -> Json {
        var window = word(maybe: row.window), left = Json.null
        if case .open(let remainingMs, let urgent) = row.window {
            left = span(remainingMs)
            if urgent { window = .text("closing") }
        }
        return .fields([
            "customer": person(row.title), "name": .text(row.title),
            "channel": word(maybe: row.channel?.kind), "page": .maybe(row.channel?.accountName),
            "preview": .maybe(row.preview?.text), "preview_kind": phrase(row.preview?.phrase), "from": who(row.preview?.author),
            "at": at(row.at), "dot": dot(row.dot), "unread": .bool(row.unread), "waiting_since": at(row.waitingSince),
            "open": .bool(row.open), "window": window, "left": left,
            "assignee": person(row.assignee), "group": group(row.group),
        ])
    }

    func waiting(_ command: WaitingCommand) -> Json {
        .fields([
            "to": person(command.conversationTitle), "what": .text(command.kind), "text": .text(command.text), "at": at(command.at),
            "state": .text(word(command.progress)), "reason": reason(command.progress), "note": phrase(command.note),
            "actions": actions(command.actions),
        ])
    }

    func template(_ choice: TemplateChoice) -> Json {
        .fields([
            "name": .text(choice.template.name), "status": .text(word(choice.template.status)), "usable": .bool(choice.usable),
            "why": phrase(choice.whyNot), "text": .text(choice.text), "variables": .texts(choice.variables),
            "price": phrase(choice.price?.phrase),
        ])
    }

    func usage(_ month: UsageMonth) -> Json {
        .fields([
            "month": .text(String(format: "%04d-%02d", Int(month.year), Int(month.month))),
            "lines": .list(month.lines.map { line in
                .fields([
                    "market": .maybe(line.market), "country": .maybe(line.country), "channel": word(maybe: line.channelKind), "page": .text(line.channelName),
                    "kind": .text(word(line.kind)), "charges": .int(Int(line.charges)),
                    "from_allowance": .int(Int(line.fromAllowance)), "not_priced": .int(Int(line.notPriced)),
                    "amounts": .list(line.amounts.map(money)),
                ])
            }),
            "totals": .list(month.totals.map(money)),
            "allowances": .list(month.allowances.map {
                .fields(["kind": .text(word($0.kind)), "total": .int(Int($0.total)), "left": .int(Int($0.left))])
            }),
            "estimate": .bool(month.estimate), "differences": .int(month.differences.count), "notice": phrase(month.notice),
        ])
    }

    func agent(_ agent: Agent, _ groups: [AgentGroup]) -> Json {
        let names = agent.groups.compactMap { id in groups.first { $0.id == id } }.map { group($0.name) }
        return .fields([
            "who": person(agent.name), "status": .text(word(agent.status)), "administrator": .bool(agent.administrator),
            "groups": .list(names),
        ])
    }

    func channel(_ line: ChannelLine) -> Json {
        .fields([
            "channel": .text(word(line.kind)), "page": .text(line.name), "state": .text(word(line.state)),
            "notice": phrase(line.phrase), "templates": .bool(line.templates),
        ])
    }

    // A conversation

    func conversation(_ screen: ConversationScreen) -> Json {
        .fields([
            "customer": person(screen.title), "name": .text(screen.title),
            "channel": word(maybe: screen.channel?.kind), "page": .maybe(screen.channel?.name),
            "channel_notice": phrase(screen.channel?.notice), "open": .bool(screen.open),
            "assignee": person(screen.assignee?.name), "group": group(screen.group?.name),
            "dot": dot(screen.dot), "composer": composer(screen.composer), "price": phrase(screen.replyPrice?.phrase),
            "waits_for_answer": phrase(screen.waitsForAnswer), "draft": .maybe(screen.draft?.text),
            "colleagues": .list(screen.colleagues.map { .fields(["who": person($0.name), "answering": .bool($0.answering)]) }),
            "more_before": .bool(screen.moreBefore), "valid_until": at(screen.validUntil),
            "count": .int(screen.rows.count), "rows": .list(screen.rows.map(row)),
        ])
    }

    private func composer(_ composer: Composer) -> Json {
        switch composer {
        case .open(let closesAt, let remainingMs, let humanAgent):
            .fields([
                "is": .text("open"), "closes_at": at(closesAt), "left": span(remainingMs), "human_agent": .bool(humanAgent),
            ])
        case .restartOnly(let since, let why): .fields(["is": .text("restart_only"), "since": at(since), "why": phrase(why)])
        case .blocked(let why): .fields(["is": .text("blocked"), "why": phrase(why)])
        }
    }

    private func row(_ row: TimelineRow) -> Json {
        switch row {
        case .message(let bubble): self.bubble(bubble)
        case .comment(let comment): self.comment(comment)
        case .event(let event): .fields(["kind": .text("event"), "at": at(event.at), "text": phrase(event.phrase)])
        case .gap: .fields(["gap": .bool(true)])
        }
    }

    private func bubble(_ bubble: MessageRow) -> Json {
        var size = Json.null
        if case .media(let media) = bubble.content, let bytes = media.sizeBytes { size = .int(Int(bytes)) }
        return .fields([
            "who": who(bubble.author), "side": .text(word(bubble.side)), "channel": .text(word(bubble.channel)), "at": at(bubble.at),
            "kind": .text(word(bubble.content)), "text": .text(bubble.text), "fill": .text(word(bubble.fill)), "tick": .bool(bubble.tick),
            "note": phrase(bubble.note), "state": word(maybe: bubble.progress), "reason": reason(bubble.progress),
            "actions": actions(bubble.actions), "cost": phrase(bubble.cost?.phrase), "quotes": .maybe(bubble.quoted?.text),
            "reactions": .texts(bubble.reactions.map(\.emoji)), "edited": .bool(bubble.edited), "deleted": .bool(bubble.deleted),
            "size_bytes": size,
        ])
    }

    private func comment(_ comment: CommentRow) -> Json {
        .fields([
            "who": who(comment.author), "at": at(comment.at), "kind": .text("comment"), "text": .text(comment.body),
            "mentions": .list(comment.mentions.map { person($0) }), "state": word(maybe: comment.progress),
            "note": phrase(comment.note), "actions": actions(comment.actions),
        ])
    }
}
