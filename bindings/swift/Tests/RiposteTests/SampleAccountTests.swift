import Foundation
import Riposte
@testable import StoryPhone
import Testing

extension Package {
/// The account for previews and screenshots: the same screens in every language, and nothing touched.
@Suite struct SampleAccount {
    @Test(arguments: ["fr-FR", "en"]) func itsScreensAreThoseThatAreWrittenDown(locale: String) async throws {
        let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../../tests/fixtures").standardized
        let expected = try String(contentsOf: fixtures.appendingPathComponent("sample.\(locale.prefix(2)).txt"), encoding: .utf8)
        #expect(try await Told(account: .sample(locale: locale)).lines().joined(separator: "\n") + "\n" == expected)
    }

    @Test func itTouchesNeitherDiskNorNetwork() async throws {
        let empty = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: false)
        let before = FileManager.default.currentDirectoryPath
        defer {
            _ = FileManager.default.changeCurrentDirectoryPath(before)
            try? FileManager.default.removeItem(atPath: empty)
        }
        _ = FileManager.default.changeCurrentDirectoryPath(empty)
        let opened = openFiles()
        let account = try Account.sample()
        _ = try await account.conversation(id: 2).send(draft: text("Bonjour"), onceKey: nil)
        #expect(try await account.settled(deadlineMs: 20_000))
        let new = openFiles().subtracting(opened).filter { !$0.hasPrefix("anon_inode:") && !$0.hasPrefix("pipe:") }
        #expect(new.isEmpty, "a socket or a file: \(new)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: empty) == [])
        #expect(try !FileManager.default.contentsOfDirectory(atPath: "/").contains { $0.hasPrefix("riposte-") })
    }

    @Test func itsClockIsMovedByHand() async throws {
        let clock = ManualClock(wall: Date(timeIntervalSince1970: 1_900_000_000))
        let paul = try Account.sample(locale: "en", clock: clock).conversation(id: 2)
        guard case .open = try await paul.screen(around: .newest, limit: 50).composer else { return #expect(Bool(false), "open") }
        clock.advance(span: 45 * 60)
        guard case .restartOnly = try await paul.screen(around: .newest, limit: 50).composer else { return #expect(Bool(false), "closed") }
    }

    @Test func whatIsWrittenByHandThrowsOurErrorsAndSaysSo() throws {
        // That it compiles is the test: no other error can come out.
        func made() throws(RiposteError) -> Account { try Account.sample() }
        func kept() throws(SecretError) -> String { try MemorySecrets().get(name: "nobody") }
        #expect(try made().info().companyName == "Atelier Nord")
        #expect(throws: SecretError.NotFound) { try kept() }
    }

    /// What this process has open, by what Linux calls it. Elsewhere nothing is said.
    private func openFiles() -> Set<String> {
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return Set(descriptors.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") })
    }
}
}

/// Writes an account's screens as lines of text, as `core/src/facade/sample/tests/told.rs` does.
private struct Told {
    let account: Account

    func lines() async throws -> [String] {
        let info = account.info(), inbox = account.inbox()
        var lines = [line(info.companyName, info.agentName, account.words(phrase: account.connectionPhrase()))]
        let counts = try await inbox.counts()
        lines.append(line(counts.mine, counts.unassigned, counts.all, counts.unread))
        let page = try await inbox.page(query: InboxQuery(assignee: .all, open: nil))
        lines += page.rows.map(row)
        for row in page.rows { lines += screen(try await account.conversation(id: row.id).screen(around: .newest, limit: 50)) }
        for waiting in try await account.outbox().waiting() {
            lines.append(line(waiting.conversationTitle, waiting.text, words(waiting.note), waiting.actions.count))
        }
        lines += try await inbox.savedReplies().map { line($0.title, $0.text) }
        for choice in try await account.templates(channel: 1).list(conversation: 3) {
            lines.append(line(choice.template.name, choice.text, words(choice.whyNot), words(choice.price?.phrase)))
        }
        for charged in try await account.usage().month(year: 2026, month: 11).lines {
            let amount = charged.amounts[0]
            lines.append(line(charged.country, word(charged.kind), charged.charges, "\(amount.micros) \(amount.currency)"))
        }
        return lines
    }

    private func row(_ row: InboxRow) -> String {
        let window: String? = switch row.window {
        case .open(let remainingMs, let urgent): "\(remainingMs)" + (urgent ? " urgent" : "")
        case .closed: "closed"
        case nil: nil
        }
        return line(
            row.id, row.title, row.channel.map { word($0.kind) }, word(row.dot), row.unread ? "unread" : "read",
            row.preview.map { who($0.author) }, row.preview?.text, window, row.assignee ?? row.group)
    }

    private func screen(_ screen: ConversationScreen) -> [String] {
        let composer: String? = switch screen.composer {
        case .open(_, let remainingMs, _): remainingMs.map { "\($0)" }
        case .restartOnly(_, let why), .blocked(let why): words(why)
        }
        let colleagues = screen.colleagues.map(\.name).joined(separator: ", ")
        let head = line(screen.title, composer, words(screen.replyPrice?.phrase), screen.draft?.text, colleagues)
        return [head] + screen.rows.map(timeline)
    }

    private func timeline(_ row: TimelineRow) -> String {
        switch row {
        case .message(let one):
            line(
                word(one.side), seconds(one.at), who(one.author), one.text, words(one.contentPhrase), one.quoted?.text,
                one.reactions.map(\.emoji).joined(separator: " "), one.tick ? "tick" : "no tick", words(one.note),
                words(one.cost?.phrase), one.actions.count)
        case .comment(let one): line("comment", seconds(one.at), who(one.author), one.body, one.mentions.joined(separator: ", "))
        case .event(let one): line(seconds(one.at), words(one.phrase))
        case .gap: "gap"
        }
    }

    private func who(_ who: AuthorLabel) -> String {
        switch who {
        case .you: "you"
        case .person(let name): name
        case .described(let phrase): account.words(phrase: phrase)
        }
    }

    private func words(_ phrase: Phrase?) -> String? { phrase.map { account.words(phrase: $0) } }
}

private func seconds(_ at: Date) -> Int { Int(at.timeIntervalSince1970) }

private func line(_ parts: Any?...) -> String {
    parts.map { part in
        let text = part.map { "\($0)" } ?? ""
        return text.isEmpty ? "-" : text.replacingOccurrences(of: "\n", with: " / ")
    }.joined(separator: " | ")
}
