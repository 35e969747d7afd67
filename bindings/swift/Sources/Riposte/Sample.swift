import RiposteCore

extension Account {
    /// An account with a lively inbox, in French or English, for previews, screenshots and trying things
    /// out. It lives in memory: no network, no disk, no secret, and it is gone with its last reference.
    /// Its clock stands still; `Account.sample(locale:clock:)` takes one that is moved by hand.
    ///
    /// ```swift
    /// #Preview { InboxView(account: try! .sample(locale: "fr")) }
    /// ```
    public static func sample(locale: String = "en") throws(RiposteError) -> Account {
        try typed { try Account.sample(locale: locale, clock: nil) }
    }
}

/// Calls the core, whose generated calls throw errors of no type: they are ours, or a mistake of ours.
func typed<T>(_ call: () throws -> T) throws(RiposteError) -> T {
    do {
        return try call()
    } catch let error as RiposteError {
        throw error
    } catch {
        throw .Bug(detail: "\(type(of: error))")
    }
}
