import FoundationEssentials

/// A method call as received.
public struct Call: Equatable, Sendable {
  /// The qualified method name, such as "dev.baton.bfd.List".
  public let method: String
  /// The caller wants no reply.
  public let oneway: Bool
  /// The caller accepts several replies.
  public let more: Bool
  /// The caller wants to use the connection for another protocol afterwards.
  public let upgrade: Bool
  private let message: [UInt8]

  /// The call in a message's JSON text.
  public init(parsing message: [UInt8]) throws(ProtocolViolation) {
    guard let envelope = try? JSONDecoder().decode(CallEnvelope.self, from: Data(message)) else {
      throw .malformedMessage
    }
    method = envelope.method
    oneway = envelope.oneway ?? false
    more = envelope.more ?? false
    upgrade = envelope.upgrade ?? false
    self.message = message
  }

  /// The interface part of the method name: everything before the last dot.
  public var interface: String { String(method[..<(method.lastIndex(of: ".") ?? method.startIndex)]) }
  /// The method's name within its interface.
  public var name: String {
    guard let dot = method.lastIndex(of: ".") else { return method }
    return String(method[method.index(after: dot)...])
  }

  /// The parameters; a call without any is read like one with an empty object.
  public func parameters<P: Decodable>(as type: P.Type) throws(VarlinkError) -> P {
    do {
      return try decodeParameters(type, in: message)
    } catch {
      throw .invalidParameter(parameterName(error))
    }
  }

  /// The message, with its NUL, that calls `method`.
  public static func message(
    method: String, parameters: some Encodable, more: Bool = false, oneway: Bool = false
  ) throws(JSONEncodingError) -> [UInt8] {
    var bytes: [UInt8] = Array("{\"method\":".utf8)
    try appendJSON(method, to: &bytes)
    bytes += Array(",\"parameters\":".utf8)
    try appendJSON(parameters, to: &bytes)
    if more { bytes += Array(",\"more\":true".utf8) }
    if oneway { bytes += Array(",\"oneway\":true".utf8) }
    bytes += [UInt8(ascii: "}"), 0]
    return bytes
  }
}

/// A reply as received.
public struct Reply: Equatable, Sendable {
  /// More replies to the same call follow.
  public let continues: Bool
  /// The error, if this is an error reply.
  public let error: VarlinkError?
  private let message: [UInt8]

  /// The reply in a message's JSON text.
  public init(parsing message: [UInt8]) throws(ProtocolViolation) {
    guard let envelope = try? JSONDecoder().decode(ReplyEnvelope.self, from: Data(message)) else {
      throw .malformedMessage
    }
    continues = envelope.continues ?? false
    error = envelope.error.map { name in
      let parameters = try? decodeParameters([String: LenientText].self, in: message)
      return VarlinkError(name: name, parameters: (parameters ?? [:]).mapValues(\.text))
    }
    self.message = message
  }

  /// The parameters of a reply that is no error. Throws `malformedMessage` where they do not have the shape of `P`.
  public func parameters<P: Decodable>(as type: P.Type) throws(ProtocolViolation) -> P {
    do {
      return try decodeParameters(type, in: message)
    } catch {
      throw .malformedMessage
    }
  }
}

/// An object without members: the parameters of a method that takes or returns nothing.
public struct NoParameters: Codable, Equatable, Sendable {
  /// The empty object.
  public init() {}
}

private struct CallEnvelope: Decodable {
  let method: String
  let oneway: Bool?
  let more: Bool?
  let upgrade: Bool?
}

private struct ReplyEnvelope: Decodable {
  let continues: Bool?
  let error: String?
}

private struct ParametersEnvelope<P: Decodable>: Decodable {
  let parameters: P?
}

/// Text, or what else is in its place, as text: errors are for people to read.
private struct LenientText: Decodable {
  let text: String

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let text = try? container.decode(String.self) {
      self.text = text
    } else if let number = try? container.decode(Int.self) {
      text = String(number)
    } else {
      text = "?"
    }
  }
}

private func decodeParameters<P: Decodable>(_ type: P.Type, in message: [UInt8]) throws -> P {
  let decoder = JSONDecoder()
  if let parameters = try decoder.decode(ParametersEnvelope<P>.self, from: Data(message)).parameters {
    return parameters
  }
  return try decoder.decode(type, from: Data("{}".utf8))
}

/// The name of the parameter that a decoding error is about; "parameters" where it cannot be told.
private func parameterName(_ error: any Error) -> String {
  guard let error = error as? DecodingError else { return "parameters" }
  let path: [any CodingKey] =
    switch error {
    case .keyNotFound(let key, let context): context.codingPath + [key]
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): context.codingPath
    @unknown default: []
    }
  return path.last { $0.stringValue != "parameters" }?.stringValue ?? "parameters"
}
