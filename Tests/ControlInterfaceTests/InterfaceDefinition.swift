/// A Varlink interface definition, read strictly after the grammar at varlink.org: what the tests compare types with.
struct InterfaceDefinition {
  indirect enum TypeExpression: Equatable {
    case bool, int, float, string, object
    case named(String)
    case array(TypeExpression)
    case dictionary(TypeExpression)
    case optional(TypeExpression)
    case structure([Field])
    case enumeration([String])
  }

  struct Field: Equatable {
    let name: String
    let type: TypeExpression
  }

  struct Method {
    let input: [Field]
    let output: [Field]
  }

  struct SyntaxError: Error { let text: String }

  private(set) var name = ""
  private(set) var types: [String: TypeExpression] = [:]
  private(set) var methods: [String: Method] = [:]
  private(set) var errors: [String: [Field]] = [:]

  init(parsing text: String) throws {
    var tokens = Tokens(text)
    try tokens.expect("interface")
    name = try tokens.next()
    guard name.split(separator: ".").count >= 2 else { throw SyntaxError(text: "interface name \(name)") }
    while let keyword = tokens.popFirst() {
      let member = try tokens.next()
      guard let first = member.first, first.isUppercase, member.allSatisfy({ $0.isLetter || $0.isNumber }) else {
        throw SyntaxError(text: "member name \(member)")
      }
      guard types[member] == nil, methods[member] == nil, errors[member] == nil else {
        throw SyntaxError(text: "\(member) is defined twice")
      }
      switch keyword {
      case "type": types[member] = try tokens.type()
      case "error": errors[member] = try tokens.structure()
      case "method":
        let input = try tokens.structure()
        try tokens.expect("->")
        methods[member] = Method(input: input, output: try tokens.structure())
      default: throw SyntaxError(text: "unexpected \(keyword)")
      }
    }
    try checkNames()
  }

  /// Every type that is named must be defined.
  private func checkNames() throws {
    let all =
      Array(types.values) + methods.values.flatMap { [.structure($0.input), .structure($0.output)] }
      + errors.values.map { .structure($0) }
    for type in all { try checkNames(type) }
  }

  private func checkNames(_ type: TypeExpression) throws {
    switch type {
    case .named(let name): if types[name] == nil { throw SyntaxError(text: "type \(name) is not defined") }
    case .array(let element), .dictionary(let element), .optional(let element): try checkNames(element)
    case .structure(let fields): for field in fields { try checkNames(field.type) }
    case .bool, .int, .float, .string, .object, .enumeration: break
    }
  }

  /// The words and signs of a definition, without comments.
  private struct Tokens {
    private var rest: ArraySlice<String>

    init(_ text: String) {
      var tokens: [String] = []
      for line in text.split(separator: "\n") where !line.drop(while: { $0 == " " }).hasPrefix("#") {
        var word = ""
        for character in line {
          if character.isLetter || character.isNumber || "._->".contains(character) {
            word.append(character)
            continue
          }
          if !word.isEmpty { tokens.append(word) }
          word = ""
          if character != " " { tokens.append(String(character)) }
        }
        if !word.isEmpty { tokens.append(word) }
      }
      rest = tokens[...]
    }

    mutating func popFirst() -> String? { rest.popFirst() }

    mutating func next() throws -> String {
      guard let token = rest.popFirst() else { throw SyntaxError(text: "unexpected end") }
      return token
    }

    mutating func expect(_ token: String) throws {
      let found = try next()
      guard found == token else { throw SyntaxError(text: "expected \(token), found \(found)") }
    }

    mutating func type() throws -> TypeExpression {
      switch try next() {
      case "bool": return .bool
      case "int": return .int
      case "float": return .float
      case "string": return .string
      case "object": return .object
      case "?": return .optional(try type())
      case "[":
        if rest.first == "]" {
          try expect("]")
          return .array(try type())
        }
        try expect("string")
        try expect("]")
        return .dictionary(try type())
      case "(": return try parenthesis()
      case let name where name.first?.isUppercase == true: return .named(name)
      case let other: throw SyntaxError(text: "\(other) is no type")
      }
    }

    mutating func structure() throws -> [Field] {
      try expect("(")
      switch try parenthesis() {
      case .structure(let fields): return fields
      default: throw SyntaxError(text: "expected fields, found an enumeration")
      }
    }

    /// A struct or an enum after its opening parenthesis.
    private mutating func parenthesis() throws -> TypeExpression {
      var fields: [Field] = []
      var cases: [String] = []
      while rest.first != ")" {
        if !(fields.isEmpty && cases.isEmpty) { try expect(",") }
        let name = try next()
        guard Self.isFieldName(name) else { throw SyntaxError(text: "field name \(name)") }
        if rest.first == ":" {
          try expect(":")
          fields.append(Field(name: name, type: try type()))
        } else {
          cases.append(name)
        }
      }
      try expect(")")
      guard fields.isEmpty || cases.isEmpty else { throw SyntaxError(text: "fields and cases mixed: \(cases)") }
      guard Set(fields.map(\.name) + cases).count == fields.count + cases.count else {
        throw SyntaxError(text: "a name twice")
      }
      return cases.isEmpty ? .structure(fields) : .enumeration(cases)
    }

    /// `[A-Za-z](_?[A-Za-z0-9])*`
    private static func isFieldName(_ name: String) -> Bool {
      guard let first = name.first, first.isLetter, first.isASCII, name.last != "_", !name.contains("__") else {
        return false
      }
      return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }
  }
}
