@_exported import RiposteCore

/// What has to be read again, batch by batch, for as long as the loop runs.
///
/// The first batch says to read everything (`.overflow`), so that nothing falls between the first read
/// and the first change. The stream stops when its task is cancelled or its iterator is released, and
/// ends when the account is gone. A slow reader gets `.overflow`, never an endless queue.
///
/// ```swift
/// for await batch in account.updates { await refresh(batch) }
/// ```
public struct Updates: AsyncSequence, Sendable {
    public typealias Element = [Changed]

    let account: Account

    public func makeAsyncIterator() -> Iterator { Iterator(stream: account.changes()) }

    /// One listener's place in the stream.
    public final class Iterator: AsyncIteratorProtocol {
        private let stream: ChangeStream
        private var begun = false

        init(stream: ChangeStream) { self.stream = stream }

        deinit { stream.stop() }

        public func next() async -> [Changed]? {
            guard begun else {
                begun = true
                return [.overflow]
            }
            let stream = stream
            // A call into the core does not notice that its task was cancelled; stopping the stream ends it.
            return await withTaskCancellationHandler { await stream.next() } onCancel: { stream.stop() }
        }
    }
}

extension Account {
    /// What has to be read again, from now on.
    public var updates: Updates { Updates(account: self) }
}
