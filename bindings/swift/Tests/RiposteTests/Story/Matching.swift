// Does a screen say what the story expects? (tests/scenarios/README.md, "How things are compared")

/// Where they differ first; nil where everything that is named fits.
func difference(_ expected: Json, _ actual: Json, _ place: String = "") -> String? {
    switch (expected, actual) {
    case (.null, _) where isNothing(actual): return nil
    case (.fields(let named), .fields(let found)):
        if named["say"] != nil { return named == found ? nil : "\(place): expected \(expected.written), there is \(actual.written)" }
        for (name, wanted) in named.sorted(by: { $0.key < $1.key }) {
            guard let there = found[name] else { return "\(place): no field is called \(name) here" }
            if let wrong = difference(wanted, there, "\(place).\(name)") { return wrong }
        }
        return nil
    case (.list(let named), .list(let found)):
        if named.count != found.count { return "\(place): \(named.count) expected, \(found.count) there: \(actual.written)" }
        for (index, wanted) in named.enumerated() {
            if let wrong = difference(wanted, found[index], "\(place)[\(index)]") { return wrong }
        }
        return nil
    case (.text(let word), .fields(let found)) where found["say"] == .text(word) || found["say"] == nil && found["is"] == .text(word):
        return nil
    default:
        return expected == actual ? nil : "\(place): expected \(expected.written), there is \(actual.written)"
    }
}

private func isNothing(_ value: Json) -> Bool {
    switch value {
    case .null, .bool(false): true
    case .text(let text): text.isEmpty
    case .list(let list): list.isEmpty
    case .fields(let fields): fields.isEmpty
    default: false
    }
}

/// As many rows of one end as are wanted: `first_rows`, `last_rows`.
func edge(_ field: String, of rows: Json, as wanted: Json) -> Json {
    .list(Array(field == "first_rows" ? rows.list.prefix(wanted.list.count) : rows.list.suffix(wanted.list.count)))
}

/// The phrases that an expectation names and the screen shows.
func phrasesMet(_ expected: Json, _ actual: Json) -> [Json] {
    switch (expected, actual) {
    case (.text, .fields(let found)) where found["say"] != nil: [actual]
    case (.fields(let named), .fields(let found)):
        if found["say"] != nil { named["say"] != nil ? [actual] : [] }
        else { named.flatMap { phrasesMet($0.value, found[$0.key] ?? .null) } }
    case (.list(let named), .list(let found)): zip(named, found).flatMap { phrasesMet($0, $1) }
    default: []
    }
}
