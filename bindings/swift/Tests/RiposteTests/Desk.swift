import Foundation
import Riposte
@testable import StoryPhone
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// How long, in seconds, everything may take until it is idle. Far more than it ever needs.
private let patience: TimeInterval = 30

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
        var printed = ""
        while !printed.hasSuffix("\n") || !printed.contains("Listening on ") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Wrong("the server did not start: \(printed)") }
            printed += String(decoding: more, as: UTF8.self)
        }
        url = String(printed.components(separatedBy: "Listening on ")[1].split(separator: "\n")[0])
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
        // A session each: the server closes a connection that was idle, and its clock jumps.
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
        // It inherits the signals that this thread blocks: a milder one might never arrive.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }
}

/// One after the other: some measure what the whole process holds.
@Suite(.serialized) enum Package {}

/// The server with the cast of the stories, and the clock that it shares with the phone.
final class World {
    let utcOffsetMinutes: Int, clock: ManualClock, agents: Json
    fileprivate let server: Server
    fileprivate var phone: DeskPhone?

    init() async throws {
        let scenarios = URL(fileURLWithPath: #filePath).pathComponents.dropLast(5).joined(separator: "/").dropFirst() + "/tests/scenarios"
        let cast = try Json.read(Data(contentsOf: URL(fileURLWithPath: "\(scenarios)/cast.json")))
        utcOffsetMinutes = cast["account"]["utc_offset_minutes"].int!
        let utc = ISO8601DateFormatter()
        let midnight = utc.date(from: cast["account"]["first_day"].text! + "T00:00:00Z")!.addingTimeInterval(-60 * Double(utcOffsetMinutes))
        clock = ManualClock(wall: midnight)
        server = try Server(
            at: utc.string(from: midnight), ["--name", cast["account"]["name"].text!, "--utc-offset-minutes", "\(utcOffsetMinutes)"])
        do {
            agents = try await server.call("cast", cast)["agents"]
        } catch {
            // A server that stays would keep the output of these tests open.
            server.stop()
            throw error
        }
    }

    func advance(ms: Int) async throws {
        _ = try await server.call("clock", .fields(["advance_ms": .int(ms)]))
        clock.advance(span: Double(ms) / 1000)
    }

    func customer(_ who: String, _ text: String, times: Int = 1) async throws {
        let content = Json.fields(["type": .text("text"), "body": .text(text)])
        for _ in 0..<times { _ = try await server.call("customers/\(who)/says", .fields(["on": .text("whatsapp"), "content": content])) }
    }

    /// What WhatsApp took, oldest first.
    func received() async throws -> [String] {
        try await server.read("ledger")["sends"].list
            .filter { $0["judged"]["is"].text == "accepted" && $0["account"].text == "whatsapp" }
            .compactMap { $0["text"].text }
    }

    /// Waits until nothing is on its way: no webhook, no change that the phone does not have, no outbox that can move.
    func settle() async throws {
        let until = Date().addingTimeInterval(patience)
        while true {
            let before = try await server.call("idle")["head"]
            if let account = phone?.signedIn {
                let left = UInt64(max(0, until.timeIntervalSinceNow * 1000))
                guard try await account.settled(deadlineMs: left) else { throw Wrong("the phone was not idle") }
            }
            if try await server.call("idle")["head"] == before { return }
            guard until.timeIntervalSinceNow > 0 else { throw Wrong("the server was not idle") }
        }
    }

    func stop() async {
        if let phone {
            try? await phone.core?.pause()
            (phone.signedIn, phone.core) = (nil, nil)
            try? FileManager.default.removeItem(atPath: phone.folder)
        }
        phone = nil
        server.stop()
    }
}

/// Marc's phone: the real core on files of its own.
final class DeskPhone {
    let url: String, email: String, password: String
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("riposte-story-\(UUID().uuidString)").path
    var secrets: SecretStore = MemorySecrets()
    var core: Riposte?
    var signedIn: Account?
    private let clock: ManualClock, utcOffsetMinutes: Int

    init(_ world: World) async throws {
        (clock, utcOffsetMinutes) = (world.clock, world.utcOffsetMinutes)
        url = try await world.server.read("links/marc")["url"].text!
        (email, password) = (world.agents["marc"]["email"].text!, world.agents["marc"]["password"].text!)
    }

    func account() throws -> Account {
        guard let signedIn else { throw Wrong("no agent is signed in on this phone") }
        return signedIn
    }

    func start() async throws -> Riposte {
        if let core { return core }
        let config = Config(folder: folder, utcOffsetMinutes: Int32(utcOffsetMinutes), platform: "script", secrets: secrets, clock: clock)
        let started = try await Riposte.start(config: config)
        core = started
        return started
    }

    func signIn() async throws { signedIn = try await start().signIn(serverUrl: url, email: email, password: password) }

    /// Closes the app, as the system does, and starts it again on the same files.
    func restart() async throws {
        (signedIn, core) = (nil, nil)
        let core = try await start()
        signedIn = try await core.account(id: core.accounts()[0].id)
    }
}

/// An agent at a desk: a server with a customer who has written, and a phone.
final class Desk {
    let world: World, phone: DeskPhone

    private init(_ world: World) async throws {
        self.world = world
        phone = try await DeskPhone(world)
        world.phone = phone
    }

    static func with(_ test: (Desk) async throws -> Void) async throws {
        let world = try await World()
        do {
            try await world.advance(ms: 9 * 3_600_000)
            try await world.customer("lea", "Bonjour, ma commande ?")
            try await test(Desk(world))
        } catch {
            await world.stop()
            throw error
        }
        await world.stop()
    }

    func signIn(_ secrets: SecretStore? = nil) async throws {
        if let secrets { phone.secrets = secrets }
        try await phone.signIn()
        try await world.settle()
    }

    func lea() async throws -> ConversationHandle {
        let rows = try await phone.account().inbox().page(query: InboxQuery(assignee: .all, open: nil)).rows
        guard let row = rows.first(where: { $0.title == "Léa Martin" }) else { throw Wrong("Léa has not written") }
        return try phone.account().conversation(id: row.id)
    }

    func received() async throws -> [String] { try await world.received() }
}

func text(_ body: String) -> Draft { .text(body: body, replyTo: nil) }
