import Foundation
import Riposte
import RiposteCore
import Testing

extension Package {
/// What must hold at the border between Swift and the core, whatever is on the other side.
@Suite struct Border {
    @Test func anErrorComesWithItsCodeAndSaysWhetherToTryAgain() async throws {
        try await Desk.with { desk in
            let core = try await desk.phone.start()
            let refused = await failure { _ = try await core.signIn(serverUrl: desk.phone.url, email: desk.phone.email, password: "wrong horse") }
            #expect(refused?.errorCode() == "bad_credentials" && refused?.retryable() == false)
            let offline = await failure { _ = try await core.signIn(serverUrl: "http://127.0.0.1:1", email: "a@example.com", password: "password") }
            #expect(offline == .Offline && offline?.errorCode() == "offline" && offline?.retryable() == true)
            #expect(await failure { _ = try await core.account(id: "nobody") } == .NotFound)
        }
    }

    @Test func aCancelledCallIsDoneWholeOrNotAtAll() async throws {
        try await Desk.with { desk in
            try await desk.signIn()
            let lea = try await desk.lea()
            for number in 0..<24 {
                let call = Task { _ = try await lea.send(draft: text("n° \(number)"), onceKey: "once-\(number)") }
                for _ in 0..<(number % 6) { await Task.yield() }
                call.cancel()
                _ = await call.result
            }
            // Given again under the same key: what was done is not done twice.
            for number in 0..<24 { _ = try await lea.send(draft: text("n° \(number)"), onceKey: "once-\(number)") }
            try await desk.world.settle()
            #expect(try await desk.received().sorted() == (0..<24).map { "n° \($0)" }.sorted())
        }
    }

    @Test func updatesStopWithTheirTaskAndEndWithTheirAccount() async throws {
        try await Desk.with { desk in
            try await desk.signIn()
            let account = try desk.phone.account()
            let first = account.updates.makeAsyncIterator()
            #expect(await first.next() == [.overflow])
            let cancelled = Task { for await _ in account.updates {} }
            let untilTheEnd = Task { for await _ in account.updates {} }
            let seen = Task {
                for await batch in account.updates where batch.contains(where: { if case .conversation = $0 { true } else { false } }) { return true }
                return false
            }
            _ = try await desk.lea().comment(body: "Pour moi", mentions: [])
            try await desk.world.settle()
            #expect(await seen.value)
            cancelled.cancel()
            await cancelled.value // hangs if it does not end
            _ = try await account.signOut(force: true)
            await untilTheEnd.value
        }
    }

    @Test func tenThousandRoundsHoldNoMoreThanAThousand() async throws {
        try await Desk.with { desk in
            try await desk.signIn()
            let account = try desk.phone.account(), lea = try await desk.lea().id()
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            func rounds(_ count: Int) async throws -> Int {
                for _ in 0..<count {
                    _ = try await Riposte.start(config: Config(folder: folder, secrets: MemorySecrets(), clock: desk.world.clock))
                    let iterator = account.updates.makeAsyncIterator()
                    _ = await iterator.next()
                    _ = try await account.conversation(id: lea).screen(around: .newest, limit: 50)
                }
                return heldBytes()
            }
            let afterAThousand = try await rounds(1_000), afterTenThousand = try await rounds(9_000)
            #expect(afterTenThousand <= afterAThousand + 5_000_000)
        }
    }

    @Test(arguments: [SecretTrouble.locked, .broken]) func aSafeThatIsLockedOrThrowsLosesNothing(trouble: SecretTrouble) async throws {
        try await Desk.with { desk in
            let safe = Safe()
            try await desk.signIn(safe)
            _ = try await desk.lea()
            safe.before = trouble.happens
            try await desk.phone.restart()
            _ = try await desk.lea().send(draft: text("Elle part ce soir."), onceKey: nil)
            #expect(try await desk.phone.account().outbox().waiting().count == 1)
            #expect(try await desk.received() == [])
            safe.before = {}
            try desk.phone.account().networkAvailable()
            try await desk.world.settle()
            #expect(try await desk.received() == ["Elle part ce soir."])
        }
    }

    @Test func aSafeThatKeepsNothingSignsNobodyInAndOneThatBlocksHoldsUpNothingElse() async throws {
        try await Desk.with { desk in
            let safe = Safe()
            safe.before = SecretTrouble.broken.happens
            #expect(await failure { try await desk.signIn(safe) } != nil)
            #expect(try await desk.phone.start().accounts().isEmpty)
            safe.before = {}
            try await desk.signIn()
            _ = try await desk.lea()
            let opened = DispatchSemaphore(value: 0)
            safe.before = { opened.wait(); opened.signal() }
            try await desk.phone.restart()
            _ = try await desk.lea().send(draft: text("Un instant."), onceKey: nil)
            #expect(try await desk.phone.account().outbox().waiting().map(\.text) == ["Un instant."])
            #expect(try await desk.received() == [])
            opened.signal()
            try await desk.world.settle()
            #expect(try await desk.received() == ["Un instant."])
        }
    }

    @Test func callsFromThirtyTwoThreadsAtOnce() async throws {
        guard #available(macOS 15, iOS 18, *) else { return }
        try await Desk.with { desk in
            try await desk.signIn()
            let account = try desk.phone.account(), lea = try await desk.lea().id()
            let threads = (0..<32).map { _ in OneThread() }, together = DispatchGroup()
            for thread in threads {
                together.enter()
                // Nobody begins before all are there.
                thread.queue.async { together.leave(); together.wait() }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, thread) in threads.enumerated() {
                    group.addTask(executorPreference: thread) {
                        let conversation = account.conversation(id: lea)
                        for turn in 0..<3 {
                            _ = try await conversation.send(draft: text("\(number).\(turn)"), onceKey: nil)
                            _ = try await account.inbox().page(query: InboxQuery(assignee: .all))
                            _ = try await conversation.screen(around: .newest, limit: 50)
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await desk.world.settle()
            let sent = try await desk.received()
            #expect(sent.count == 96)
            for number in 0..<32 { #expect(sent.filter { $0.hasPrefix("\(number).") } == (0..<3).map { "\(number).\($0)" }) }
        }
    }

    @Test func afterTheBlockNothingOfItRuns() async throws {
        try await Desk.with { desk in
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let account = try await withRiposte(Config(folder: folder, secrets: MemorySecrets(), clock: desk.world.clock)) { core in
                try await core.signIn(serverUrl: desk.phone.url, email: desk.phone.email, password: desk.phone.password)
            }
            #expect(await failure { _ = try await account.inbox().counts() } == .Paused)
        }
    }

    private func failure(_ call: () async throws -> Void) async -> RiposteError? {
        do { try await call() } catch { return error as? RiposteError }
        return nil
    }
}
}

/// A thread for whatever a task does between two waits.
@available(macOS 15, iOS 18, *)
private final class OneThread: TaskExecutor {
    let queue = DispatchQueue(label: "one thread")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

enum SecretTrouble: Sendable {
    case locked, broken

    struct KeychainGone: Error {}

    var happens: @Sendable () throws -> Void {
        switch self {
        case .locked: { throw SecretError.Locked }
        case .broken: { throw KeychainGone() }
        }
    }
}

/// A safe that does what a test tells it to before it answers.
final class Safe: SecretStore, @unchecked Sendable {
    var before: @Sendable () throws -> Void = {}
    private let inner = MemorySecrets()

    func get(name: String) throws -> String {
        try before()
        return try inner.get(name: name)
    }

    func put(name: String, secret: String) throws {
        try before()
        inner.put(name: name, secret: secret)
    }

    func delete(name: String) { inner.delete(name: name) }
}

/// What the process holds, once the C library has given back to the system what it only keeps by.
private func heldBytes() -> Int {
    #if os(Linux)
    if let trim = dlsym(nil, "malloc_trim") { _ = unsafeBitCast(trim, to: (@convention(c) (Int) -> Int32).self)(0) }
    let statm = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return Int(statm.split(separator: " ")[1])! * sysconf(Int32(_SC_PAGESIZE))
    #else
    var held = malloc_statistics_t()
    malloc_zone_statistics(nil, &held)
    return Int(held.size_in_use)
    #endif
}
