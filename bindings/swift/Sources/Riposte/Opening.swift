import RiposteCore

/// A core on the files of a folder for as long as `body` runs; afterwards nothing of it runs and no file
/// is open. An app that lives longer than a block calls `Riposte.start` once, keeps the object, and
/// pauses it whenever it goes to the back.
///
/// - Throws: ``RiposteCore/RiposteError`` when the folder cannot be made, and what `body` throws.
public func withRiposte<T>(_ config: Config, _ body: (Riposte) async throws -> T) async throws -> T {
    let core = try await Riposte.start(config: config)
    do {
        let result = try await body(core)
        try await core.pause()
        return result
    } catch {
        try? await core.pause()
        throw error
    }
}
