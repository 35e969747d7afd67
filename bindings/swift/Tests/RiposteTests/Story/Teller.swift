import Foundation
import Riposte

/// Tells a story: step after step, and says precisely where it stopped being true.
final class Teller {
    private static let folder = URL(fileURLWithPath: #filePath).pathComponents.dropLast(6).joined(separator: "/").dropFirst() + "/tests/scenarios"
    private static let notStories: Set = ["cast"]

    /// What a step says besides its deed.
    private static let details: Set = ["at", "note", "to", "of", "on", "times", "quotes", "mentions", "values", "how", "refused", "told", "reason"]
    /// The words of an expectation that only say which part of a screen is meant.
    private static let questions: [String: Set<String>] = [
        "inbox": ["whose", "channel", "open", "unread", "unanswered", "closing_soon"], "conversation": ["with", "on"],
        "templates": ["for", "on"], "search": ["for"], "provider": ["on"],
    ]

    private static let lines: [(String, [String: String])] = ["en", "fr"].map { language in
        let text = (try? String(contentsOfFile: "\(folder)/phrases.\(language).txt", encoding: .utf8)) ?? ""
        let pairs = text.split(separator: "\n").compactMap { line in line.range(of: " | ").map { (String(line[..<$0.lowerBound]), String(line[$0.upperBound...])) } }
        return (language, Dictionary(uniqueKeysWithValues: pairs))
    }

    static func names() -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: String(folder))) ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.filter { !notStories.contains($0) }.sorted()
    }

    static func read(_ name: String) throws -> Json { try .read(Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).json"))) }

    static func tell(_ name: String) async throws {
        let story = try read(name)
        let cast = story["cast"].isNull ? try read("cast") : try read("cast").merged(with: story["cast"])
        try await tell(cast, story["steps"].list)
    }

    static func tell(_ cast: Json, _ steps: [Json]) async throws {
        let world = try await World(cast: cast)
        let teller = Teller(world)
        do {
            try await teller.signIn(steps)
            for (index, step) in steps.enumerated() {
                do { try await teller.step(step) } catch {
                    throw Wrong("step \(index + 1) (\(world.calendar.write(world.clock.now()))): \(error)")
                }
            }
        } catch {
            await world.stop()
            throw error
        }
        await world.stop()
    }

    private let world: World
    private init(_ world: World) { self.world = world }

    /// Every phone that has a part in the story, unless a step of its own signs it in.
    private func signIn(_ steps: [Json]) async throws {
        let ownStep = Set(steps.filter { !$0["signs_in"].isNull }.compactMap { $0["phone"].text })
        let parts = Set(steps.compactMap { $0["phone"].text ?? $0["expect"]["phone"].text })
        for key in parts.subtracting(ownStep).sorted() { try await world.phone(key).signIn() }
        try await world.settle()
    }

    private func step(_ step: Json) async throws {
        if let at = step["at"].text {
            try await world.go(to: at)
            try await world.settle()
        }
        if step["expect"].isFields {
            try await expect(step["expect"])
        } else if let subject = ["customer", "phone", "provider", "server"].first(where: { step[$0].text != nil }) {
            try await perform(subject, step)
            try await world.settle()
        }
    }

    private func perform(_ subject: String, _ step: Json) async throws {
        let who = step[subject].text!
        let deeds = Set(step.fields.keys).subtracting(Self.details).subtracting([subject])
        guard let deed = deeds.first, deeds.count == 1 else { throw Wrong("one deed, not \(deeds)") }
        switch (subject, deed) {
        case ("customer", _): try await world.customer(who, deed, step[deed], step)
        case ("provider", _): try await world.provider(deed, step[deed], step)
        case ("server", _): try await world.office(deed)
        case (_, "network"): try await world.network(who, step[deed].text!)
        default:
            let told = try await world.phone(who).perform(deed, step[deed], step)
            if !step["told"].isNull {
                let pen = Pen(cast: world.cast, calendar: world.calendar, me: "")
                try compare("what \(who) was told", step["told"], pen.phrase(told), pen.phrases)
            }
        }
    }

    /// While a network hangs nobody can say when things have come to rest, and who looks at a conversation
    /// is told by the live stream alone: then it is looked at again, for a while.
    private func expect(_ expected: Json) async throws {
        let until = Date().addingTimeInterval(patience)
        let hinted = expected["conversation"].fields["colleagues"] != nil
        while true {
            do { return try await look(expected) } catch let wrong as Wrong {
                guard hinted || world.hangs(), until.timeIntervalSinceNow > 0 else { throw wrong }
                try await Task.sleep(nanoseconds: 5_000_000)
            }
        }
    }

    private func look(_ expected: Json) async throws {
        for (screen, asked) in expected.fields where screen != "phone" {
            var shown: Json, phrases: [(Json, Phrase)] = [], place = screen
            if screen == "provider" {
                let texts = try await world.takenByProvider(asked["on"].text)
                shown = .fields(["received": .int(texts.count), "texts": .texts(texts)])
            } else {
                let phone = expected["phone"].text!
                (shown, phrases) = try await world.phone(phone).screen(screen, asked)
                place = "\(phone)'s \(screen)"
            }
            var wanted = asked
            if case .fields(var fields) = asked {
                for end in ["first_rows", "last_rows"] {
                    guard let rows = fields.removeValue(forKey: end) else { continue }
                    try compare("\(place).\(end)", rows, edge(end, of: shown["rows"], as: rows), phrases)
                }
                wanted = .fields(fields.filter { !(Self.questions[screen] ?? []).contains($0.key) })
            }
            try compare(place, wanted, shown, phrases)
        }
    }

    private func compare(_ place: String, _ wanted: Json, _ shown: Json, _ phrases: [(Json, Phrase)]) throws {
        if let wrong = difference(wanted, shown) { throw Wrong(place + wrong) }
        for met in phrasesMet(wanted, shown) { try say(met, phrases.first { $0.0 == met }!.1) }
    }

    /// Its words, in both languages, are those of the files.
    private func say(_ written: Json, _ phrase: Phrase) throws {
        let now = world.clock.now()
        var left = written["say"].text!
        for (name, value) in written.fields.sorted(by: { $0.key < $1.key }) where name != "say" { left += " \(name)=\(value.written)" }
        if phrase.args.contains(where: { if case .at = $0.value { true } else { false } }) { left += " on day \(world.calendar.day(now))" }
        for (language, known) in Self.lines {
            let said = phraseWords(phrase: phrase, locale: language, utcOffsetMinutes: Int32(world.calendar.utcOffsetMinutes), now: now)
            guard known[left] == said else { throw Wrong("phrases.\(language).txt does not say: \(left) | \(said)") }
        }
    }
}
