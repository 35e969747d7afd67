import Foundation

// How a story writes instants, spans and amounts.

private let units: [(String, Int)] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)]
private let dayMs = 86_400_000

struct Wrong: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The account's days, from the story's first one on. Counts in milliseconds of the account's zone.
struct StoryCalendar {
    let utcOffsetMinutes: Int
    private let firstDay: Int

    init(firstDay: String, utcOffsetMinutes: Int) {
        self.utcOffsetMinutes = utcOffsetMinutes
        let midnight = ISO8601DateFormatter().date(from: firstDay + "T00:00:00Z")!
        self.firstDay = ms(midnight) / dayMs
    }

    var start: Date { date(firstDay * dayMs) }

    /// With its offset, as the server is told.
    var written: String {
        let local = Date(timeIntervalSince1970: Double(firstDay * dayMs) / 1000)
        let day = ISO8601DateFormatter().string(from: local).prefix(10)
        return "\(day)T00:00:00\(utcOffsetMinutes < 0 ? "-" : "+")" + String(format: "%02d:%02d", abs(utcOffsetMinutes) / 60, abs(utcOffsetMinutes) % 60)
    }

    private func local(_ at: Date) -> Int { ms(at) + utcOffsetMinutes * 60_000 }
    private func date(_ local: Int) -> Date { Date(timeIntervalSince1970: Double(local - utcOffsetMinutes * 60_000) / 1000) }

    /// How many milliseconds from `now` to where `at` puts the clock.
    func span(to at: String, from now: Date) throws -> Int {
        if at.hasPrefix("+") { return try readSpan(String(at.dropFirst())) }
        let words = at.split(separator: " ")
        let day = words.count == 3 ? firstDay + Int(words[1])! - 1 : local(now) / dayMs
        let parts = words.last!.split(separator: ":").map { Int($0)! }
        let moved = day * dayMs + parts[0] * 3_600_000 + parts[1] * 60_000 + (parts.count > 2 ? parts[2] * 1000 : 0)
        guard moved >= local(now) else { throw Wrong("the clock never goes back, \(at) would") }
        return moved - local(now)
    }

    func day(_ at: Date) -> Int { local(at) / dayMs - firstDay + 1 }

    func month(_ at: Date) -> (Int32, UInt32) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: utcOffsetMinutes * 60)!
        let parts = calendar.dateComponents([.year, .month], from: at)
        return (Int32(parts.year!), UInt32(parts.month!))
    }

    func write(_ at: Date) -> String {
        let inDay = local(at) % dayMs
        var time = String(format: "%02d:%02d", inDay / 3_600_000, inDay / 60_000 % 60)
        if inDay % 60_000 != 0 { time += String(format: ":%02d", inDay / 1000 % 60) }
        if inDay % 1000 != 0 { time += String(format: ".%03d", inDay % 1000) }
        return day(at) == 1 ? time : "day \(day(at)) \(time)"
    }
}

func ms(_ at: Date) -> Int { Int((at.timeIntervalSince1970 * 1000).rounded()) }

/// `1d2h3m4s5ms` in milliseconds.
func readSpan(_ text: String) throws -> Int {
    var total = 0
    var rest = Substring(text)
    while !rest.isEmpty {
        let number = rest.prefix(while: \.isNumber)
        let unit = rest.dropFirst(number.count).prefix { !$0.isNumber }
        guard let length = units.first(where: { $0.0 == unit })?.1, let count = Int(number) else { throw Wrong("\(text) is no span of time") }
        total += count * length
        rest = rest.dropFirst(number.count + unit.count)
    }
    return total
}

func writeSpan(_ ms: Int64) -> String {
    var left = Int(ms)
    var text = ""
    for (unit, length) in units.dropFirst() where left >= length {
        text += "\(left / length)\(unit)"
        left %= length
    }
    return text.isEmpty ? "0s" : text
}

func writeMoney(_ micros: Int64, _ currency: String) -> String {
    var decimals = String(format: "%06d", Int(micros.magnitude % 1_000_000))
    while decimals.count > 2, decimals.hasSuffix("0") { decimals.removeLast() }
    return "\(micros < 0 ? "-" : "")\(micros.magnitude / 1_000_000).\(decimals) \(currency)"
}
