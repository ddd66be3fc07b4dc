import FoundationEssentials
import Varlink

/// Any JSON, for looking at what a type writes.
indirect enum JSONValue: Decodable, Equatable {
  case null
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  init(_ value: some Encodable) throws {
    self = try JSONDecoder().decode(JSONValue.self, from: Data(encodeJSON(value)))
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int.self) {
      self = .int(value)
    } else if let value = try? container.decode(Double.self) {
      self = .float(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }
}

extension InterfaceDefinition {
  /// How `value` differs from `type`, one line each; none where it conforms.
  ///
  /// Objects must have exactly the fields of the definition. `nulls` collects the optional fields that were null.
  func differences(
    _ value: JSONValue, _ type: TypeExpression, at path: String, nulls: inout Set<String>
  ) -> [String] {
    switch (value, type) {
    case (_, .named(let name)):
      guard let definition = types[name] else { return ["\(path): no type \(name)"] }
      return differences(value, definition, at: path, nulls: &nulls)
    case (.null, .optional):
      nulls.insert(path)
      return []
    case (_, .optional(let wrapped)): return differences(value, wrapped, at: path, nulls: &nulls)
    case (.bool, .bool), (.int, .int), (.int, .float), (.float, .float), (.string, .string), (.object, .object):
      return []
    case (.string(let text), .enumeration(let cases)):
      return cases.contains(text) ? [] : ["\(path): no case \(text)"]
    case (.array(let elements), .array(let element)):
      return elements.flatMap { differences($0, element, at: path + "[]", nulls: &nulls) }
    case (.object(let members), .dictionary(let element)):
      return members.values.flatMap { differences($0, element, at: path + "{}", nulls: &nulls) }
    case (.object(let members), .structure(let fields)):
      var found = Set(members.keys).subtracting(fields.map(\.name)).map { "\(path).\($0): not in the definition" }
      for field in fields {
        guard let member = members[field.name] else {
          found.append("\(path).\(field.name): not in the type")
          continue
        }
        found += differences(member, field.type, at: "\(path).\(field.name)", nulls: &nulls)
      }
      return found
    default: return ["\(path): \(value) is no \(type)"]
    }
  }

  /// The paths of all optional fields below `type`.
  func optionals(_ type: TypeExpression, at path: String) -> Set<String> {
    switch type {
    case .named(let name): types[name].map { optionals($0, at: path) } ?? []
    case .optional: [path]
    case .array(let element): optionals(element, at: path + "[]")
    case .dictionary(let element): optionals(element, at: path + "{}")
    case .structure(let fields):
      fields.reduce(into: []) { $0.formUnion(optionals($1.type, at: "\(path).\($1.name)")) }
    case .bool, .int, .float, .string, .object, .enumeration: []
    }
  }
}
