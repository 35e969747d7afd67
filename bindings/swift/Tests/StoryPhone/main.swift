import Foundation
import Riposte

// A phone for the stories of tests/scenarios: reads one ask a line, writes one answer a line.

var phones: [String: Phone] = [:]

@MainActor
func answer(_ ask: Json) async throws -> Json {
    let key = ask["phone"].text!
    // Another folder is another phone: its secrets do not go with it.
    if ask["do"].text == "open", phones[key]?.folder != ask["folder"].text {
        phones[key] = Phone(folder: ask["folder"].text!, nowMs: ask["now_ms"].int!)
    }
    guard let phone = phones[key] else { throw Wrong("\(key) was not opened") }
    do {
        return try await .fields(["done": phone.answer(ask)])
    } catch RiposteError.Refused(let code, _, let phrase) {
        return .fields(["refused": .fields(["code": .text(code), "phrase": phone.pen.phrase(phrase)])])
    }
}

while let line = readLine() {
    var answered: Json
    do { answered = try await answer(Json.read(Data(line.utf8))) } catch { answered = .fields(["failed": .text("\(error)")]) }
    FileHandle.standardOutput.write(answered.data + Data("\n".utf8))
}
