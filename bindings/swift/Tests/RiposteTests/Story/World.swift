import Foundation
import Riposte

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// How long, in real seconds, everything may take to come to rest. Far more than it ever needs.
let patience: TimeInterval = 30

/// `riposte-server story`, and its `/sim`.
final class Server {
    private let process = Process()
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("riposte-server-\(UUID().uuidString)")
    private(set) var url = ""

    init(at: String, _ options: [String]) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: ProcessInfo.processInfo.environment["RIPOSTE_SERVER"]!)
        process.arguments = ["story", "--at", at] + options
        process.standardOutput = output
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        process.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": folder.path]) { $1 }
        try process.run()
        var told = ""
        while !told.hasSuffix("\n") || !told.contains("Listening on ") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Wrong("the server did not start: \(told)") }
            told += String(decoding: more, as: UTF8.self)
        }
        url = String(told.components(separatedBy: "Listening on ")[1].split(separator: "\n")[0])
    }

    func call(_ path: String, _ body: Json = .fields([:])) async throws -> Json {
        var request = URLRequest(url: URL(string: "\(url)/sim/\(path)")!)
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = body.data
        return try await answer(request)
    }

    func read(_ path: String) async throws -> Json { try await answer(URLRequest(url: URL(string: "\(url)/sim/\(path)")!)) }

    private func answer(_ request: URLRequest) async throws -> Json {
        // A session each: the server lets a connection go that has been idle, and its clock jumps.
        let session = URLSession(configuration: .ephemeral)
        defer { session.invalidateAndCancel() }
        let (data, status): (Data, Int) = try await withCheckedThrowingContinuation { done in
            session.dataTask(with: request) { data, response, error in
                if let error { done.resume(throwing: error) }
                else { done.resume(returning: (data ?? Data(), (response as? HTTPURLResponse)?.statusCode ?? 0)) }
            }.resume()
        }
        guard status == 200 else { throw Wrong("\(request.url!): \(status) \(String(decoding: data, as: UTF8.self))") }
        return try Json.read(data)
    }

    func stop() {
        // It inherits the signals that this thread holds back, so that a milder one may never reach it.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }
}

/// The server, started as a process, the phones, and the one time they all have.
final class World {
    let cast: Json, calendar: StoryCalendar, clock: ManualClock
    private let server: Server
    private let agents: Json
    private var phones: [String: Phone] = [:]

    init(cast: Json) async throws {
        let account = cast["account"]
        self.cast = cast
        calendar = StoryCalendar(firstDay: account["first_day"].text!, utcOffsetMinutes: account["utc_offset_minutes"].int!)
        clock = ManualClock(wall: calendar.start)
        var options = ["--name", account["name"].text!, "--utc-offset-minutes", "\(calendar.utcOffsetMinutes)"]
        if let most = cast["feed"]["most_items"].int { options += ["--most-items", "\(most)"] }
        server = try Server(at: calendar.written, options)
        agents = try await server.call("cast", cast)["agents"]
    }

    func stop() async {
        for phone in phones.values {
            try? await phone.core?.pause()
            (phone.signedIn, phone.core) = (nil, nil)
            try? FileManager.default.removeItem(atPath: phone.folder)
        }
        phones = [:]
        server.stop()
    }

    func go(to at: String) async throws {
        let span = try calendar.span(to: at, from: clock.now())
        // Everything has come to rest before time moves: nobody speaks while the two clocks differ.
        _ = try await server.call("clock", .fields(["advance_ms": .int(span)]))
        clock.advance(span: Double(span) / 1000)
    }

    func phone(_ key: String) async throws -> Phone {
        if let phone = phones[key] { return phone }
        let url = try await server.read("links/\(key)")["url"].text!
        let phone = Phone(key: key, cast: cast, calendar: calendar, url: url, signIn: agents[cast["phones"][key].text!], clock: clock)
        phones[key] = phone
        return phone
    }

    // Whoever is no phone

    func customer(_ who: String, _ deed: String, _ value: Json, _ step: Json = .null) async throws {
        let on = step["on"].isNull ? cast["customers"][who]["channel"] : step["on"]
        switch deed {
        case "reachable": _ = try await server.call("customers/\(who)/phone", .fields(["reachable": value]))
        case "reads": _ = try await server.call("customers/\(who)/reads", .fields(["on": on]))
        default:
            let content = deed == "says" ? Json.fields(["type": .text("text"), "body": value]) : value
            for _ in 0..<(step["times"].int ?? 1) {
                _ = try await server.call("customers/\(who)/says", .fields(["on": on, "content": content]))
            }
        }
    }

    func provider(_ deed: String, _ value: Json, _ step: Json) async throws {
        if deed == "approves" || deed == "rejects" {
            let name = cast["templates"][value.text!]["name"].text ?? value.text!
            let decision = deed == "approves" ? "approved" : "rejected"
            _ = try await server.call("templates/\(name)", .fields(["decision": .text(decision), "reason": .text(step["reason"].text ?? "")]))
        } else {
            let names = ["refuses_next": "refuse_next", "fails_next": "fail_next", "loses_answer_next": "lose_next_answer"]
            _ = try await server.call("provider", .fields([names[deed] ?? deed: value]))
        }
    }

    func office(_ deed: String) async throws {
        let calls = ["backs_up": "backup", "goes_back": "restore"]
        guard let call = calls[deed] else { throw Wrong("no deed \(deed) of the server") }
        _ = try await server.call(call)
    }

    func network(_ key: String, _ state: String) async throws {
        let phone = try await phone(key)
        if state == "hanging" {
            // A late ring of the doorbell makes a phone ask; cut in the middle of that it would know
            // that it is offline, and send nothing whose answer could be lost.
            _ = try await server.call("links/\(key)", .fields(["doorbell": .bool(false)]))
            try await settle()
        }
        phone.network = state
        let states = ["on": "up", "off": "down", "hanging": "hanging"]
        _ = try await server.call("links/\(key)", .fields(["state": .text(states[state]!), "doorbell": .bool(true)]))
        if state == "on", !phone.paused { try phone.account().networkAvailable() }
    }

    func takenByProvider(_ on: String?) async throws -> [String] {
        if let on, cast["channels"][on]["kind"].text == "widget" {
            var seen: [String] = []
            for visitor in cast["customers"].fields.sorted(by: { $0.key < $1.key }) where visitor.value["channel"].text == on {
                seen += try await server.read("customers/\(visitor.key)/sees?on=\(on)")["texts"].list.compactMap(\.text)
            }
            return seen
        }
        return try await server.read("ledger")["sends"].list
            .filter { $0["judged"]["is"].text == "accepted" && (on == nil || $0["account"].text == on) }
            .compactMap { $0["text"].text }
    }

    // Coming to rest

    func hangs() -> Bool { phones.values.contains { $0.network == "hanging" } }

    /// Waits until nothing is on its way: no webhook, nothing that a phone does not have, no outbox that can move.
    func settle() async throws {
        let until = Date().addingTimeInterval(patience)
        while true {
            let before = try await server.call("idle")["head"]
            for phone in phones.values where phone.signedIn != nil && !phone.paused && phone.network != "hanging" {
                let left = UInt64(max(0, until.timeIntervalSinceNow * 1000))
                guard try await phone.account().settled(deadlineMs: left) else { throw Wrong("\(phone.key)'s phone had not come to rest") }
            }
            if try await server.call("idle")["head"] == before { return }
            guard until.timeIntervalSinceNow > 0 else { throw Wrong("the server had not come to rest") }
        }
    }
}
