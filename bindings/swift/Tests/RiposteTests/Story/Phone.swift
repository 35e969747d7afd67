import Foundation
import Riposte

private let whole: UInt32 = 500

/// An agent's phone: the real core on files of its own, behind a network that can be cut.
final class Phone {
    let key: String, cast: Json, calendar: StoryCalendar, url: String, agent: String, email: String, password: String
    let clock: ManualClock
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("riposte-story-\(UUID().uuidString)").path
    var secrets: SecretStore = MemorySecrets()
    var paused = false
    var network = "on"
    var core: Riposte?
    var signedIn: Account?
    private var onScreen: (String, String)?
    private var known: [String: ConversationId] = [:]

    init(key: String, cast: Json, calendar: StoryCalendar, url: String, signIn: Json, clock: ManualClock) {
        (self.key, self.cast, self.calendar, self.url, self.clock) = (key, cast, calendar, url, clock)
        agent = cast["phones"][key].text!
        email = signIn["email"].text!
        password = signIn["password"].text!
    }

    func account() throws -> Account {
        guard let signedIn else { throw Wrong("nobody is signed in on this phone") }
        return signedIn
    }

    func start() async throws -> Riposte {
        if let core { return core }
        let config = Config(
            folder: folder, utcOffsetMinutes: Int32(calendar.utcOffsetMinutes), platform: "script", secrets: secrets, clock: clock)
        let started = try await Riposte.start(config: config)
        core = started
        return started
    }

    func signIn() async throws { signedIn = try await start().signIn(serverUrl: url, email: email, password: password) }

    /// Closes the app, as the system does, and starts it anew on the same files.
    func restart() async throws {
        (signedIn, core, onScreen) = (nil, nil, nil)
        let core = try await start()
        signedIn = try await core.account(id: core.accounts()[0].id)
        paused = false
    }

    /// Gives what the agent was told, where the story says that it must be refused.
    func perform(_ deed: String, _ value: Json, _ step: Json) async throws -> Phrase? {
        do {
            try await perform(deed, value.text ?? "", value, step)
        } catch let error as RiposteError {
            guard case .Refused(_, _, let phrase) = error, error.errorCode() == step["refused"].text else { throw error }
            return phrase
        }
        if let refused = step["refused"].text { throw Wrong("it went through, and \(refused) was expected") }
        return nil
    }

    private func perform(_ deed: String, _ text: String, _ value: Json, _ step: Json) async throws {
        let account = deed == "signs_in" ? nil : try account()
        switch deed {
        case "signs_in": try await signIn()
        case "opens":
            if onScreen != nil { try await leave() }
            let place = try place(text, step["on"].text)
            try await account!.conversation(id: conversationId(place)).enter()
            onScreen = place
        case "leaves": try await leave()
        case "types": try await conversation(step).saveDraft(draft: SavedDraft(text: text))
        case "replies":
            var quoted: MessageId?
            if let quotes = step["quotes"].text { quoted = try await message(quotes, step) }
            try await send(.text(body: text, replyTo: quoted), step)
        case "replies_with":
            let title = cast["saved_replies"][text]["title"].text
            let reply = try await here(text, account!.inbox().savedReplies()) { $0.title == title }
            try await send(.text(body: conversation(step).savedReply(id: reply.id), replyTo: nil), step)
        case "sends_file": try await sendFile(value, step)
        case "reacts": _ = try await conversation(step).react(to: message(step["quotes"].text!, step), emoji: text.isEmpty ? nil : text)
        case "comments":
            var mentions: [AgentId] = []
            for agent in step["mentions"].list { try await mentions.append(agentId(agent.text!)) }
            _ = try await conversation(step).comment(body: text, mentions: mentions)
        case "restarts_with": try await restart(with: text, step)
        case "assigns":
            let to: Assignee =
                if value.isNull { .none } else if let group = value["group"].text { try await .group(groupId(group)) }
                else { try await .agent(agentId(text)) }
            _ = try await conversation(step).assign(to: to)
        case "closes": _ = try await conversation(step).setOpen(open: false)
        case "reopens": _ = try await conversation(step).setOpen(open: true)
        case "scrolls": _ = try await conversation(step).loadOlder()
        case "app":
            if text == "restarted" { return try await restart() }
            paused = text == "paused"
            try await paused ? account!.pause() : account!.resume()
        case "status":
            let statuses: [String: AgentStatus] = ["online": .online, "offline": .offline, "invisible": .invisible]
            try await account!.setStatus(status: statuses[text]!)
        case "decides": try await decide(text, step["how"].text!)
        case "retries":
            if let waiting = try await account!.outbox().waiting().first(where: { $0.text == text }) {
                _ = try await account!.outbox().retry(key: waiting.key)
            } else {
                _ = try await conversation(step).retry(message: message(text, step))
            }
        case "cancels": _ = try await account!.outbox().cancel(key: waiting(text).key)
        case "creates_template": try await createTemplate(value, step)
        case "refreshes_templates": try await templates(text).refresh()
        default: throw Wrong("no deed is called \(deed)")
        }
    }

    private func leave() async throws {
        let handle = try await conversation(.null)
        onScreen = nil
        try await handle.leave()
    }

    private func sendFile(_ file: Json, _ step: Json) async throws {
        let path = folder + "/chosen"
        try Data(repeating: UInt8(ascii: "."), count: file["bytes"].int!).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let draft = Draft.media(
            path: path, mime: file["mime"].text!, name: file["name"].text ?? "", caption: file["caption"].text ?? "",
            voice: file["voice"].bool ?? false, replyTo: nil)
        try await send(draft, step)
    }

    private func restart(with template: String, _ step: Json) async throws {
        let part = cast["templates"][template]
        let name = part["name"].text ?? template
        let choices = try await templates(part["channel"].text ?? "whatsapp").list(conversation: nil)
        let choice = try here(template, choices) { $0.template.name == name }
        try await send(.template(templateId: choice.template.id, values: values(step["values"])), step)
    }

    private func decide(_ text: String, _ how: String) async throws {
        let decisions: [String: Decision] = ["send_now": .send, "edit": .edit, "discard": .discard]
        let waiting = try await waiting(text), decision = decisions[how]!
        let decided = try await account().outbox().decide(key: waiting.key, decision: decision)
        // Edit gives the words back for the composer, as the app would put them there.
        if case .withdrawn(let words) = decided, decision == .edit, let id = waiting.conversationId {
            try await account().conversation(id: id).saveDraft(draft: SavedDraft(text: words))
        }
    }

    private func createTemplate(_ new: Json, _ step: Json) async throws {
        let categories: [String: TemplateCategory] = ["marketing": .marketing, "utility": .utility, "authentication": .authentication]
        let template = NewTemplate(
            name: new["name"].text!, language: new["language"].text!, category: categories[new["category"].text!] ?? .unknown,
            components: new["components"].list.map(component), samples: values(new["samples"]))
        _ = try await templates(step["on"].text ?? "whatsapp").create(new: template)
    }

    // Finding what a story names

    private func here<T>(_ what: String, _ things: [T], _ fits: (T) -> Bool) throws -> T {
        guard let found = things.first(where: fits) else { throw Wrong("\(what) is not on this phone") }
        return found
    }

    private func values(_ values: Json) -> [TemplateValue] { values.fields.map { TemplateValue(name: $0.key, value: $0.value.text!) } }

    private func place(_ customer: String?, _ channel: String?) throws -> (String, String) {
        if let customer { return (customer, channel ?? cast["customers"][customer]["channel"].text!) }
        guard let onScreen else { throw Wrong("no conversation is on screen and none is named") }
        return onScreen
    }

    private func conversationId(_ place: (String, String)) async throws -> ConversationId {
        if let id = known["\(place)"] { return id }
        let name = cast["customers"][place.0]["name"].text, page = cast["channels"][place.1]["name"].text
        let rows = try await account().inbox().page(query: InboxQuery(assignee: .all, open: nil, limit: whole)).rows
        let id = try here("\(place.0)'s conversation", rows) { $0.title == name && $0.channel?.accountName == page }.id
        known["\(place)"] = id
        return id
    }

    func conversation(_ step: Json) async throws -> ConversationHandle {
        try await account().conversation(id: conversationId(place(step["to"].text ?? step["of"].text, step["on"].text)))
    }

    private func send(_ draft: Draft, _ step: Json) async throws { _ = try await conversation(step).send(draft: draft, onceKey: nil) }

    private func message(_ text: String, _ step: Json) async throws -> MessageId {
        for row in try await conversation(step).screen(around: .newest, limit: whole).rows.reversed() {
            if case .message(let bubble) = row, bubble.text == text, let id = bubble.messageId { return id }
        }
        throw Wrong("a message \(text) is not on this phone")
    }

    private func waiting(_ text: String) async throws -> WaitingCommand {
        try await here("\(text) in the outbox", account().outbox().waiting()) { $0.text == text }
    }

    private func agentId(_ agent: String) async throws -> AgentId {
        let name = cast["agents"][agent]["name"].text
        return try await here(agent, account().inbox().agents()) { $0.name == name }.id
    }

    private func groupId(_ group: String) async throws -> AgentGroupId {
        let name = cast["groups"][group]["name"].text
        return try await here(group, account().inbox().groups()) { $0.name == name }.id
    }

    private func templates(_ channel: String) async throws -> Templates {
        let name = cast["channels"][channel]["name"].text
        return try await account().templates(channel: here(channel, account().inbox().channels()) { $0.name == name }.id)
    }

    // Screens

    /// A screen as an expectation of this name compares it, and the phrases on it.
    func screen(_ name: String, _ asked: Json) async throws -> (Json, [(Json, Phrase)]) {
        let pen = Pen(cast: cast, calendar: calendar, me: agent)
        return try await (draw(name, asked, pen), pen.phrases)
    }

    private func draw(_ name: String, _ asked: Json, _ pen: Pen) async throws -> Json {
        let account = try account()
        switch name {
        case "inbox": return try await inbox(asked, pen)
        case "counts":
            let counts = try await account.inbox().counts()
            return .fields(["mine": .int(Int(counts.mine)), "unassigned": .int(Int(counts.unassigned)), "all": .int(Int(counts.all)), "unread": .int(Int(counts.unread))])
        case "conversation":
            let handle = try await conversation(.fields(["to": asked["with"], "on": asked["on"]]))
            return try await pen.conversation(handle.screen(around: .newest, limit: whole))
        case "outbox": return try await .list(account.outbox().waiting().map(pen.waiting))
        case "templates":
            let channel = asked["on"].text ?? "whatsapp"
            var conversation: ConversationId?
            if let customer = asked["for"].text { conversation = try await conversationId(place(customer, channel)) }
            return try await .fields(["list": .list(templates(channel).list(conversation: conversation).map(pen.template))])
        case "usage":
            let (year, month) = calendar.month(clock.now())
            return try await pen.usage(account.usage().month(year: year, month: month))
        case "search":
            let hits = try await account.inbox().search(text: asked["for"].text!)
            return .fields(["finds": .list(hits.map { .fields(["customer": pen.person($0.title), "text": .text($0.text)]) })])
        case "agents":
            let groups = try await account.inbox().groups()
            return try await .list(account.inbox().agents().map { pen.agent($0, groups) })
        case "channels": return try await .list(account.inbox().channels().map(pen.channel))
        case "saved_replies":
            return try await .list(account.inbox().savedReplies().map { .fields(["title": .text($0.title), "text": .text($0.text)]) })
        case "connection": return .text(word(account.connection()))
        default: throw Wrong("no screen is called \(name)")
        }
    }

    private func inbox(_ asked: Json, _ pen: Pen) async throws -> Json {
        let kinds: [String: ChannelKind] = ["whatsapp": .whatsapp, "messenger": .messenger, "instagram": .instagram, "widget": .widget]
        let whose: AssigneeFilter =
            switch asked["whose"] {
            case .null, .text("all"): .all
            case .text("mine"): .mine
            case .text("unassigned"): .unassigned
            default: try await .agentGroup(id: groupId(asked["whose"]["group"].text!))
            }
        let query = InboxQuery(
            assignee: whose, channel: asked["channel"].text.flatMap { kinds[$0] }, open: asked["open"].bool ?? true,
            unreadOnly: asked["unread"].bool ?? false, unansweredOnly: asked["unanswered"].bool ?? false,
            closingSoon: asked["closing_soon"].bool ?? false, limit: whole)
        let page = try await account().inbox().page(query: query)
        let cards = Json.list(page.rows.map(pen.card))
        return asked.isFields ? .fields(["cards": cards, "notice": pen.phrase(page.notice)]) : cards
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
