import Foundation

/// JSON as it is.
enum Json: Codable, Equatable {
    case null, bool(Bool), int(Int), double(Double), text(String), list([Json]), fields([String: Json])

    init(from decoder: Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() { self = .null }
        else if let bool = try? value.decode(Bool.self) { self = .bool(bool) }
        else if let int = try? value.decode(Int.self) { self = .int(int) }
        else if let double = try? value.decode(Double.self) { self = .double(double) }
        else if let text = try? value.decode(String.self) { self = .text(text) }
        else if let list = try? value.decode([Json].self) { self = .list(list) }
        else { self = .fields(try value.decode([String: Json].self)) }
    }

    func encode(to encoder: Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .bool(let bool): try value.encode(bool)
        case .int(let int): try value.encode(int)
        case .double(let double): try value.encode(double)
        case .text(let text): try value.encode(text)
        case .list(let list): try value.encode(list)
        case .fields(let fields): try value.encode(fields)
        }
    }

    static func read(_ data: Data) throws -> Json { try JSONDecoder().decode(Json.self, from: data) }

    var data: Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        return (try? encoder.encode(self)) ?? Data()
    }

    var written: String { String(decoding: data, as: UTF8.self) }

    /// A field; null where there is none.
    subscript(name: String) -> Json { fields[name] ?? .null }

    var fields: [String: Json] { if case .fields(let fields) = self { fields } else { [:] } }
    var list: [Json] { if case .list(let list) = self { list } else { [] } }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var int: Int? { if case .int(let int) = self { int } else { nil } }
    var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }
    var isNull: Bool { self == .null }
    var isFields: Bool { if case .fields = self { true } else { false } }

    static func maybe(_ text: String?) -> Json { text.map(Json.text) ?? .null }
    static func maybe(_ int: Int?) -> Json { int.map(Json.int) ?? .null }
    static func texts(_ texts: [String]) -> Json { .list(texts.map(Json.text)) }
}

/// What a phone, or the server, cannot do.
struct Wrong: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
