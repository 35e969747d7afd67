#if os(Linux) // the storage is made to stall by way of the dynamic linker
import Foundation
import Riposte
import Testing

extension Package {
/// With storage stalled for a second, no call holds its caller's thread for longer than 5 ms.
@Suite struct Stall {
    @Test(.enabled(if: environment("RIPOSTE_STALL_SWITCH") == nil)) func noCallHoldsItsCallersThread() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("stall-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let shim = folder.appendingPathComponent("stall.so").path
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../tests/stall.c").standardized.path
        #expect(try run("/usr/bin/env", ["cc", "-shared", "-fPIC", "-O1", "-o", shim, source, "-ldl"]).status == 0)
        // These tests again, in a process of their own whose storage stalls, and there the test below alone.
        let told = try run(
            CommandLine.arguments[0], ["--testing-library", "swift-testing", "--filter", "insideAStalledProcess"],
            [
                "LD_PRELOAD": shim, "TMPDIR": folder.path,
                "RIPOSTE_STALL_FOLDER": folder.appendingPathComponent("riposte-story-").path,
                "RIPOSTE_STALL_SWITCH": folder.appendingPathComponent("stall").path,
            ])
        #expect(told.status == 0 && told.output.contains("every call was made"), "\(told.output)")
    }

    @Test(.enabled(if: environment("RIPOSTE_STALL_SWITCH") != nil)) func insideAStalledProcess() async throws {
        try await Desk.with { desk in
            try await desk.signIn()
            let account = try desk.phone.account(), core = desk.phone.core!, lea = try await desk.lea()
            let inbox = account.inbox(), outbox = account.outbox(), stalled = Stalled()
            _ = try await lea.screen(around: .newest, limit: 50)
            let channel = try await inbox.channels()[0].id
            let config = Config(folder: desk.phone.folder + "/another", secrets: MemorySecrets(), clock: desk.world.clock)
            await stalled.call("start") { _ = try await Riposte.start(config: config) }
            await stalled.call("accounts") { _ = core.accounts() }
            await stalled.call("account") { _ = try await core.account(id: account.id()) }
            await stalled.call("signIn") { _ = try await core.signIn(serverUrl: "http://127.0.0.1:1", email: "a@example.com", password: "password") }
            await stalled.call("info") { _ = account.info() }
            await stalled.call("me") { _ = try await account.me() }
            await stalled.call("changes") { _ = account.changes() }
            await stalled.call("connection") { _ = account.connection() }
            await stalled.call("words") { _ = account.words(phrase: account.connectionPhrase()) }
            await stalled.call("networkAvailable") { account.networkAvailable() }
            await stalled.call("flush") { _ = try await account.flush(deadlineMs: 1) }
            await stalled.call("setStatus") { try await account.setStatus(status: .online) }
            await stalled.call("inbox.page") { _ = try await inbox.page(query: InboxQuery(assignee: .all)) }
            await stalled.call("inbox.counts") { _ = try await inbox.counts() }
            await stalled.call("inbox.search") { _ = try await inbox.search(text: "commande") }
            await stalled.call("inbox.agents") { _ = try await inbox.agents() }
            await stalled.call("inbox.channels") { _ = try await inbox.channels() }
            await stalled.call("inbox.savedReplies") { _ = try await inbox.savedReplies() }
            await stalled.call("conversation") { _ = account.conversation(id: lea.id()) }
            await stalled.call("enter") { try await lea.enter() }
            await stalled.call("screen") { _ = try await lea.screen(around: .newest, limit: 50) }
            await stalled.call("check") { _ = lea.check(draft: text("Bonjour")) }
            await stalled.call("send") { _ = try await lea.send(draft: text("Bonjour"), onceKey: nil) }
            await stalled.call("comment") { _ = try await lea.comment(body: "Pour moi", mentions: []) }
            await stalled.call("assign") { _ = try await lea.assign(to: .none) }
            await stalled.call("saveDraft") { try await lea.saveDraft(draft: SavedDraft(text: "Bon")) }
            await stalled.call("leave") { try await lea.leave() }
            await stalled.call("waiting") { _ = try await outbox.waiting() }
            await stalled.call("templates.list") { _ = try await account.templates(channel: channel).list(conversation: nil) }
            await stalled.call("usage.month") { _ = try await account.usage().month(year: 2026, month: 11) }
            await stalled.call("pause") { try await account.pause() }
            await stalled.call("resume") { try await account.resume() }
            #expect(stalled.slow == [])
            // The measure measures: whoever does hold its thread is found out.
            await stalled.call("held") { usleep(20_000) }
            #expect(stalled.slow.count == 1)
            // The storage does stall: what is waited for waits.
            let begun = ContinuousClock.now
            stalled.stalls = true
            Task { try await Task.sleep(for: .seconds(1)); stalled.stalls = false }
            _ = try await lea.send(draft: text("Lent"), onceKey: nil)
            #expect(ContinuousClock.now - begun > .milliseconds(500), "the storage did not stall")
            print("every call was made")
        }
    }

    private func run(_ program: String, _ arguments: [String], _ more: [String: String] = [:]) throws -> (output: String, status: Int32) {
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(more) { $1 }
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        let told = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (String(decoding: told, as: UTF8.self), process.terminationStatus)
    }
}
}

private func environment(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

/// Makes calls on a thread that is timed: how long is it held between two waits?
private final class Stalled: @unchecked Sendable {
    /// The machine may be busy with something else: of so many tries the quickest counts.
    private static let tries = 3
    private static let most = Duration.milliseconds(5)

    private let path = environment("RIPOSTE_STALL_SWITCH")!
    private let thread = TimedThread()
    private(set) var slow: [String] = []

    var stalls = false {
        didSet { if stalls { _ = FileManager.default.createFile(atPath: path, contents: nil) } else { try? FileManager.default.removeItem(atPath: path) } }
    }

    func call(_ name: String, _ work: @escaping @Sendable () async throws -> Void) async {
        var quickest = Duration.seconds(10)
        for _ in 0..<Self.tries where quickest > Self.most {
            thread.longest = .zero
            stalls = true
            let call = Task(executorPreference: thread) { try await work() }
            // The storage stalls for longer than a call may hold its thread, and not for ever.
            try? await Task.sleep(for: .milliseconds(30))
            stalls = false
            _ = await call.result
            quickest = min(quickest, thread.longest)
        }
        if quickest > Self.most { slow.append("\(name): \(quickest)") }
    }
}

/// One thread for a task's own work.
private final class TimedThread: TaskExecutor, @unchecked Sendable {
    private let queue = DispatchQueue(label: "timed")
    private let lock = NSLock()
    private var held = Duration.zero

    /// How long it was held at most since this was last set.
    var longest: Duration {
        get { lock.withLock { held } }
        set { lock.withLock { held = newValue } }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async {
            let begun = ContinuousClock.now
            job.runSynchronously(on: self.asUnownedTaskExecutor())
            let span = ContinuousClock.now - begun
            self.lock.withLock { self.held = max(self.held, span) }
        }
    }
}
#endif
