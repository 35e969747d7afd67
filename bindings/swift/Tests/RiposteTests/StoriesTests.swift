import Testing

/// One after the other: some measure what the whole process holds.
@Suite(.serialized) enum Package {}

extension Package {
/// Every file of tests/scenarios, told with real phones against a real server.
@Suite struct Stories {
    @Test(arguments: Teller.names()) func story(name: String) async throws { try await Teller.tell(name) }

    @Test func anUntrueStorySaysAtWhichStepAndOnWhoseScreen() async throws {
        let steps: [Json] = [
            .fields(["at": .text("09:00"), "customer": .text("lea"), "says": .text("Bonjour")]),
            .fields(["expect": .fields(["phone": .text("marc"), "inbox": .list([.fields(["customer": .text("paul")])])])]),
        ]
        do {
            try await Teller.tell(Teller.read("cast"), steps)
            Issue.record("it was told as if it were true")
        } catch {
            #expect("\(error)" == #"step 2 (09:00): marc's inbox[0].customer: expected "paul", there is "lea""#)
        }
    }

    @Test func thereAreStories() { #expect(Teller.names().count >= 29) }
}
}
