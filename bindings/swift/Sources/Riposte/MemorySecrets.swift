import Foundation
import RiposteCore

/// Secrets that are gone with the process, for previews, tests and scripts. An app keeps its own in the
/// Keychain; it throws `SecretError.Locked` while the device has not been unlocked, which means *later*
/// and loses nothing.
public final class MemorySecrets: SecretStore, @unchecked Sendable {
    private let lock = NSLock()
    private var secrets: [String: String] = [:]

    public init() {}

    public func get(name: String) throws(SecretError) -> String {
        guard let secret = lock.withLock({ secrets[name] }) else { throw .NotFound }
        return secret
    }

    public func put(name: String, secret: String) { lock.withLock { secrets[name] = secret } }

    public func delete(name: String) { _ = lock.withLock { secrets.removeValue(forKey: name) } }
}
