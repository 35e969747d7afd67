// Signs in, shows who waits, answers the first, and waits for the tick:
//   Answer https://inbox.example marc@example.com password "It ships tonight."

import Foundation
import Riposte

func hasArrived(_ key: ClientKey, on screen: ConversationScreen) -> Bool {
    screen.rows.contains { row in
        guard case .message(let bubble) = row, bubble.clientKey == key else { return false }
        return bubble.progress == .delivered || bubble.progress == .read || bubble.progress == .played
    }
}

func waitsFor(_ what: String) { FileHandle.standardError.write(Data("waiting for \(what) ...\n".utf8)) }

func answer(server: String, email: String, password: String, words: String) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await withRiposte(Config(folder: folder, secrets: MemorySecrets())) { core in
        let account = try await core.signIn(serverUrl: server, email: email, password: password)
        if try await !account.waitForFirstSync(deadlineMs: 30_000) {
            waitsFor("the server (\(account.words(phrase: account.connectionPhrase())))")
        }
        var waiting: [InboxRow] = []
        for await _ in account.updates {
            waiting = try await account.inbox().page(query: InboxQuery(assignee: .all, unansweredOnly: true)).rows
            if !waiting.isEmpty { break }
            waitsFor("a customer who waits for an answer")
        }
        for row in waiting { print("\(row.title): \(row.preview?.text ?? "")") }

        let conversation = account.conversation(id: waiting[0].id)
        let screen = try await conversation.screen(around: .newest, limit: 50)
        switch screen.composer {
        case .open: if let price = screen.replyPrice { print(account.words(phrase: price.phrase)) }
        case .restartOnly(_, let why), .blocked(let why): return print(account.words(phrase: why))
        }
        let key = try await conversation.send(draft: .text(body: words, replyTo: nil), onceKey: nil)
        print("> \(words)")
        waitsFor("the report that it has arrived")
        for await _ in account.updates {
            if hasArrived(key, on: try await conversation.screen(around: .newest, limit: 50)) { break }
        }
        print("✓")
    }
}

let arguments = CommandLine.arguments
guard arguments.count == 5 else {
    print("usage: Answer SERVER EMAIL PASSWORD WORDS")
    exit(2)
}
do {
    try await answer(server: arguments[1], email: arguments[2], password: arguments[3], words: arguments[4])
} catch let error as RiposteError {
    FileHandle.standardError.write(Data("not done: \(error.errorCode())\(error.retryable() ? ", try again later" : "")\n".utf8))
    exit(1)
}
