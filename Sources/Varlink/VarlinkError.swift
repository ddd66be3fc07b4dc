/// An error reply: its qualified name, and its parameters (all of them text).
///
/// The standard errors are those of the `org.varlink.service` interface; an interface declares its own.
public struct VarlinkError: Error, Equatable, Sendable {
  /// The qualified name, such as "org.varlink.service.MethodNotFound".
  public let name: String
  /// The parameters by name.
  public let parameters: [String: String]

  /// An error of the given qualified name.
  public init(name: String, parameters: [String: String] = [:]) {
    self.name = name
    self.parameters = parameters
  }

  /// The service does not know the interface.
  public static func interfaceNotFound(_ interface: String) -> VarlinkError {
    VarlinkError(name: "org.varlink.service.InterfaceNotFound", parameters: ["interface": interface])
  }

  /// The interface has no such method.
  public static func methodNotFound(_ method: String) -> VarlinkError {
    VarlinkError(name: "org.varlink.service.MethodNotFound", parameters: ["method": method])
  }

  /// The interface describes the method, but this service does not offer it.
  public static func methodNotImplemented(_ method: String) -> VarlinkError {
    VarlinkError(name: "org.varlink.service.MethodNotImplemented", parameters: ["method": method])
  }

  /// A parameter is missing, has the wrong type or an impossible value.
  public static func invalidParameter(_ parameter: String) -> VarlinkError {
    VarlinkError(name: "org.varlink.service.InvalidParameter", parameters: ["parameter": parameter])
  }

  /// The caller may not do this.
  public static let permissionDenied = VarlinkError(name: "org.varlink.service.PermissionDenied")
  /// The method answers with a stream and must be called with `more`.
  public static let expectedMore = VarlinkError(name: "org.varlink.service.ExpectedMore")
}

/// What the other end did that no Varlink peer may do. The connection cannot be used any further.
public enum ProtocolViolation: Error, Equatable, Sendable {
  /// A message is longer than the limit, in bytes.
  case messageTooLong(limit: Int)
  /// A call has more members and elements than the limit.
  case tooManyParts(limit: Int)
  /// A message is not a JSON object with the members a call or a reply needs.
  case malformedMessage
  /// A reply came although no call waits for one.
  case unexpectedReply
  /// A reply announces more replies to a call that did not ask for them.
  case unexpectedContinuation
}
