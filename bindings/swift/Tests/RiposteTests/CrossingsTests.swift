import Riposte
import RiposteCore
import RiposteFFI
import Testing

extension Package {
/// A screen is two calls at most, and small enough to be read at each change.
@Suite struct Crossing {
    @Test func aScreenIsTwoCallsAndSomeKilobytes() async throws {
        try await Desk.with { desk in
            try await desk.signIn()
            try await desk.world.customer("lea", String(repeating: "Et mon colis ? ", count: 4), times: 49)
            try await desk.world.settle()
            let lea = try await desk.lea()
            var inbox = Crossings(), conversation = Crossings()
            _ = try await inbox.call(FfiConverterTypeInboxPage_lower) { try await desk.phone.account().inbox().page(query: InboxQuery(assignee: .all)) }
            _ = try await inbox.call(FfiConverterTypeInboxCounts_lower) { try await desk.phone.account().inbox().counts() }
            try await conversation.call(nil) { try await lea.enter() }
            let screen = try await conversation.call(FfiConverterTypeConversationScreen_lower) { try await lea.screen(around: .newest, limit: 50) }
            #expect(screen.rows.count == 50)
            print("inbox: \(inbox.calls) calls, \(inbox.bytes) bytes; 50 messages: \(conversation.calls) calls, \(conversation.bytes) bytes")
            #expect(inbox.calls <= 2 && conversation.calls <= 2)
            #expect(conversation.bytes <= 50 * 512)
        }
    }
}
}

/// Counts what crosses for a screen: the calls, and the bytes of the buffers they come back with.
private struct Crossings {
    var calls = 0, bytes = 0

    /// An answer is written again as the core wrote it: the same bytes.
    mutating func call<T>(_ lowered: ((T) -> RustBuffer)?, _ call: () async throws -> T) async throws -> T {
        let answer = try await call()
        calls += 1
        if let lowered {
            let buffer = lowered(answer)
            bytes += Int(buffer.len)
            var status = RustCallStatus()
            ffi_riposte_rustbuffer_free(buffer, &status)
        }
        return answer
    }
}
