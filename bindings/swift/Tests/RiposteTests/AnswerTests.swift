import Foundation
import Testing

extension Package {
/// The sample does what it says, against a real server.
@Suite struct Answer {
    @Test func itSignsInAnswersAndSeesTheTick() async throws {
        try await Desk.with { desk in
            let told = try run(desk.phone.url, desk.phone.email, desk.phone.password, "Elle part ce soir.")
            #expect(told.output == "Léa Martin: Bonjour, ma commande ?\nCosts €0.05\n> Elle part ce soir.\n✓\n", "\(told.errors)")
            #expect(told.status == 0)
            #expect(try await desk.received() == ["Elle part ce soir."])
        }
    }

    @Test func itSaysWhyItCouldNot() async throws {
        try await Desk.with { desk in
            let told = try run(desk.phone.url, desk.phone.email, "wrong horse", "…")
            #expect(told.status == 1 && told.errors == "not done: bad_credentials\n")
        }
    }

    /// Built along with the tests, and beside them.
    private func run(_ arguments: String...) throws -> (output: String, errors: String, status: Int32) {
        let process = Process(), output = Pipe(), errors = Pipe()
        process.executableURL = products().appendingPathComponent("Answer")
        process.arguments = arguments
        (process.standardOutput, process.standardError) = (output, errors)
        try process.run()
        let (told, wrong) = (output.fileHandleForReading.readDataToEndOfFile(), errors.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        return (String(decoding: told, as: UTF8.self), String(decoding: wrong, as: UTF8.self), process.terminationStatus)
    }

    private func products() -> URL {
        #if os(macOS)
        // The tests are a bundle that another program loads.
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
        return (bundle ?? .main).bundleURL.deletingLastPathComponent()
        #else
        return URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        #endif
    }
}
}
