/// One finding about a configuration, for `-t` and for the log.
public struct Diagnostic: Hashable, Sendable {
  /// What a finding means for the daemon that reads the file.
  public enum Kind: Hashable, Sendable, CaseIterable {
    /// The file is wrong: a start or reload with it is refused.
    case error
    /// A script would run in an insecure way: it is disabled where `enable_script_security` is given.
    case security
    /// The file is accepted, but does not do what its author may expect.
    case warning
    /// A remark; nothing needs to be changed.
    case note
  }

  /// What the finding means.
  public let kind: Kind
  /// The place the finding is about.
  public let location: SourceLocation
  /// One sentence without a final full stop.
  public let message: String

  /// A finding of `kind` about `location`.
  public init(_ kind: Kind, at location: SourceLocation, _ message: String) {
    self.kind = kind
    self.location = location
    self.message = message
  }
}

extension Diagnostic: CustomStringConvertible {
  /// `file:line:column: error|warning|note: text`; a security finding is a warning.
  public var description: String {
    let severity =
      switch kind {
      case .error: "error"
      case .security, .warning: "warning"
      case .note: "note"
      }
    return "\(location): \(severity): \(message)"
  }
}

extension Sequence where Element == Diagnostic {
  /// Whether the configuration must be refused.
  public var hasErrors: Bool { contains { $0.kind == .error } }

  /// The exit status of `-t` for these findings, as keepalived's: 0 fine, 5 errors, 6 script security only.
  public var testExitStatus: Int32 {
    if hasErrors { return 5 }
    return contains { $0.kind == .security } ? 6 : 0
  }
}
