import Foundation
import Riposte

/// As many rows as any story has.
private let whole: UInt32 = 500

/// The app of a phone: the real core on files of its own, with a clock that the teller moves.
final class Phone {
    let folder: String
    private let clock: ManualClock
    private let secrets = MemorySecrets()
    private var utcOffsetMinutes: Int32 = 0
    private var core: Riposte?
    private var signedIn: Account?
    private var known: [String: ConversationId] = [:]

    init(folder: String, nowMs: Int) {
        self.folder = folder
        clock = ManualClock(wall: Date(timeIntervalSince1970: Double(nowMs) / 1000))
    }

    var pen: Pen { Pen(utcOffsetMinutes: utcOffsetMinutes, now: clock.now()) }

    private func account() throws -> Account {
        guard let signedIn else { throw Wrong("no agent is signed in on this phone") }
        return signedIn
    }

    /// Each ask is one call of the package, two at most.
    func answer(_ ask: Json) async throws -> Json {
        let talk = ask["conversation"], text = ask["text"].text ?? ""
        switch ask["do"].text {
        case "open": return try await open(ask)
        case "sign_in":
            signedIn = try await core!.signIn(serverUrl: ask["server"].text!, email: ask["email"].text!, password: ask["password"].text!)
        case "close": (signedIn, core) = (nil, nil)
        case "advance": clock.advance(span: Double(ask["by_ms"].int!) / 1000)
        case "settled": return try await .fields(["settled": .bool(account().settled(deadlineMs: UInt64(ask["within_ms"].int!)))])
        case "network_available": try account().networkAvailable()
        case "pause": try await account().pause()
        case "resume": try await account().resume()
        case "set_status":
            let statuses: [String: AgentStatus] = ["online": .online, "offline": .offline, "invisible": .invisible]
            try await account().setStatus(status: statuses[ask["status"].text!]!)
        case "enter": try await conversation(talk).enter()
        case "leave": try await conversation(talk).leave()
        case "draft": try await conversation(talk).saveDraft(draft: SavedDraft(text: text))
        case "send":
            var quoted: MessageId?
            if let quotes = ask["quotes"].text { quoted = try await message(quotes, talk) }
            try await send(talk, .text(body: text, replyTo: quoted))
        case "send_saved_reply":
            let title = ask["title"].text!
            let reply = try await here(title, account().inbox().savedReplies()) { $0.title == title }
            try await send(talk, .text(body: conversation(talk).savedReply(id: reply.id), replyTo: nil))
        case "send_file":
            let file = Draft.media(
                path: ask["path"].text!, mime: ask["mime"].text!, name: ask["name"].text!, caption: ask["caption"].text!,
                voice: ask["voice"].bool!, replyTo: nil)
            try await send(talk, file)
        case "send_template":
            let name = ask["template"].text!
            let choice = try await here(name, templates(ask["page"].text!).list(conversation: nil)) { $0.template.name == name }
            try await send(talk, .template(templateId: choice.template.id, values: values(ask["values"])))
        case "react":
            let emoji = ask["emoji"].text!
            _ = try await conversation(talk).react(to: message(ask["message"].text!, talk), emoji: emoji.isEmpty ? nil : emoji)
        case "comment":
            var mentions: [AgentId] = []
            for agent in ask["mentions"].list { try await mentions.append(agentId(agent.text!)) }
            _ = try await conversation(talk).comment(body: text, mentions: mentions)
        case "assign":
            let to: Assignee =
                if let agent = ask["agent"].text { try await .agent(agentId(agent)) }
                else if let group = ask["group"].text { try await .group(groupId(group)) } else { .none }
            _ = try await conversation(talk).assign(to: to)
        case "set_open": _ = try await conversation(talk).setOpen(open: ask["open"].bool!)
        case "load_older": _ = try await conversation(talk).loadOlder()
        case "decide": try await decide(text, ask["how"].text!)
        case "retry":
            // What the server refused waits in the outbox; what the provider failed is a message.
            if let waiting = try await account().outbox().waiting().first(where: { $0.text == text }) {
                _ = try await account().outbox().retry(key: waiting.key)
            } else {
                _ = try await conversation(talk).retry(message: message(text, talk))
            }
        case "cancel": _ = try await account().outbox().cancel(key: waiting(text).key)
        case "create_template": try await createTemplate(ask["page"].text!, ask["template"])
        case "refresh_templates": try await templates(ask["page"].text!).refresh()
        case "read": return try await read(ask["screen"].text!, ask, pen)
        default: throw Wrong("no ask is called \(ask["do"].written)")
        }
        return .null
    }

    private func open(_ ask: Json) async throws -> Json {
        utcOffsetMinutes = Int32(ask["utc_offset_minutes"].int!)
        let config = Config(
            folder: folder, locale: ask["locale"].text!, utcOffsetMinutes: utcOffsetMinutes, deviceName: ask["device"].text!,
            platform: "script", secrets: secrets, clock: clock)
        let core = try await Riposte.start(config: config)
        self.core = core
        if let known = core.accounts().first { signedIn = try await core.account(id: known.id) }
        return .fields(["signed_in": .bool(signedIn != nil)])
    }

    private func decide(_ text: String, _ how: String) async throws {
        let decisions: [String: Decision] = ["send_now": .send, "edit": .edit, "discard": .discard]
        let waiting = try await waiting(text), decision = decisions[how]!
        let decided = try await account().outbox().decide(key: waiting.key, decision: decision)
        // Edit returns the text for the composer; the app puts it there.
        if case .withdrawn(let words) = decided, decision == .edit, let id = waiting.conversationId {
            try await account().conversation(id: id).saveDraft(draft: SavedDraft(text: words))
        }
    }

    private func createTemplate(_ page: String, _ new: Json) async throws {
        let categories: [String: TemplateCategory] = ["marketing": .marketing, "utility": .utility, "authentication": .authentication]
        let template = NewTemplate(
            name: new["name"].text!, language: new["language"].text!, category: categories[new["category"].text!] ?? .unknown,
            components: new["components"].list.map(component), samples: values(new["samples"]))
        _ = try await templates(page).create(new: template)
    }

    // Finding what an ask names

    private func here<T>(_ what: String, _ things: [T], _ fits: (T) -> Bool) throws -> T {
        guard let found = things.first(where: fits) else { throw Wrong("\(what) is not on this phone") }
        return found
    }

    private func values(_ values: Json) -> [TemplateValue] {
        values.fields.sorted { $0.key < $1.key }.map { TemplateValue(name: $0.key, value: $0.value.text!) }
    }

    /// As the list shows it, or as it showed it once.
    private func conversationId(_ talk: Json) async throws -> ConversationId {
        let name = talk["customer"].text ?? "", page = talk["page"].text
        let place = "\(name) on \(page ?? "")"
        if let id = known[place] { return id }
        let rows = try await account().inbox().page(query: InboxQuery(assignee: .all, open: nil, limit: whole)).rows
        let id = try here("a conversation with \(name)", rows) { $0.title == name && $0.channel?.accountName == page }.id
        known[place] = id
        return id
    }

    private func conversation(_ talk: Json) async throws -> ConversationHandle {
        try await account().conversation(id: conversationId(talk))
    }

    private func send(_ talk: Json, _ draft: Draft) async throws { _ = try await conversation(talk).send(draft: draft, onceKey: nil) }

    /// The newest message with this text.
    private func message(_ text: String, _ talk: Json) async throws -> MessageId {
        for row in try await conversation(talk).screen(around: .newest, limit: whole).rows.reversed() {
            if case .message(let bubble) = row, bubble.text == text, let id = bubble.messageId { return id }
        }
        throw Wrong("a message \(text) is not on this phone")
    }

    private func waiting(_ text: String) async throws -> WaitingCommand {
        try await here("\(text) in the outbox", account().outbox().waiting()) { $0.text == text }
    }

    private func agentId(_ name: String) async throws -> AgentId {
        try await here(name, account().inbox().agents()) { $0.name == name }.id
    }

    private func groupId(_ name: String) async throws -> AgentGroupId {
        try await here(name, account().inbox().groups()) { $0.name == name }.id
    }

    private func templates(_ page: String) async throws -> Templates {
        try await account().templates(channel: here(page, account().inbox().channels()) { $0.name == page }.id)
    }

    // Screens

    private func read(_ screen: String, _ chosen: Json, _ pen: Pen) async throws -> Json {
        let account = try account()
        switch screen {
        case "inbox": return try await inbox(chosen, pen)
        case "counts":
            let counts = try await account.inbox().counts()
            return .fields([
                "mine": .int(Int(counts.mine)), "unassigned": .int(Int(counts.unassigned)), "all": .int(Int(counts.all)),
                "unread": .int(Int(counts.unread)),
            ])
        case "conversation":
            return try await pen.conversation(conversation(chosen["conversation"]).screen(around: .newest, limit: whole))
        case "outbox": return try await .list(account.outbox().waiting().map(pen.waiting))
        case "templates":
            var pricedFor: ConversationId?
            if chosen["conversation"].isFields { pricedFor = try await conversationId(chosen["conversation"]) }
            return try await .fields(["list": .list(templates(chosen["page"].text!).list(conversation: pricedFor).map(pen.template))])
        case "usage":
            return try await pen.usage(account.usage().month(year: Int32(chosen["year"].int!), month: UInt32(chosen["month"].int!)))
        case "search":
            let hits = try await account.inbox().search(text: chosen["text"].text!)
            return .fields(["finds": .list(hits.map { .fields(["customer": pen.person($0.title), "text": .text($0.text)]) })])
        case "agents":
            let groups = try await account.inbox().groups()
            return try await .list(account.inbox().agents().map { pen.agent($0, groups) })
        case "channels": return try await .list(account.inbox().channels().map(pen.channel))
        case "saved_replies":
            return try await .list(account.inbox().savedReplies().map { .fields(["title": .text($0.title), "text": .text($0.text)]) })
        case "connection": return .text(word(account.connection()))
        default: throw Wrong("no screen is called \(screen)")
        }
    }

    private func inbox(_ chosen: Json, _ pen: Pen) async throws -> Json {
        let kinds: [String: ChannelKind] = ["whatsapp": .whatsapp, "messenger": .messenger, "instagram": .instagram, "widget": .widget]
        let whose: AssigneeFilter =
            switch chosen["whose"] {
            case .text("all"): .all
            case .text("mine"): .mine
            case .text("unassigned"): .unassigned
            default: try await .agentGroup(id: groupId(chosen["whose"]["group"].text!))
            }
        let query = InboxQuery(
            assignee: whose, channel: chosen["channel"].text.flatMap { kinds[$0] }, open: chosen["open"].bool!,
            unreadOnly: chosen["unread"].bool!, unansweredOnly: chosen["unanswered"].bool!,
            closingSoon: chosen["closing_soon"].bool!, limit: whole)
        let page = try await account().inbox().page(query: query)
        return .fields(["cards": .list(page.rows.map(pen.card)), "notice": pen.phrase(page.notice)])
    }
}

/// A part of a template, as the wire writes it.
private func component(_ part: Json) -> TemplateComponent {
    let kinds: [String: MediaKind] = ["image": .image, "video": .video, "audio": .audio, "document": .document, "sticker": .sticker]
    switch part["part"].text {
    case "header_text": return .headerText(text: part["text"].text!)
    case "header_media": return .headerMedia(kind: kinds[part["kind"].text!] ?? .unknown)
    case "body": return .body(text: part["text"].text!)
    case "footer": return .footer(text: part["text"].text!)
    case "buttons":
        return .buttons(buttons: part["buttons"].list.map { button in
            switch button["button"].text {
            case "quick_reply": .quickReply(text: button["text"].text!)
            case "url": .url(text: button["text"].text!, url: button["url"].text!)
            case "phone": .phone(text: button["text"].text!, phone: button["phone"].text!)
            default: .unknown
            }
        })
    default: return .unknown
    }
}
