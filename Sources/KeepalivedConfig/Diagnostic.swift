/// One finding about a configuration, for `-t` and for the log.
public struct Diagnostic: Hashable, Sendable {
  /// What a finding means for the daemon that reads the file.
  public enum Kind: Hashable, Sendable, CaseIterable {
    /// The file is wrong: its consequence says what the daemon does about it.
    case error
    /// A script cannot run, or would run in an insecure way: then it is disabled where `enable_script_security` is given.
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
  /// What the daemon does about an error; `nil` for other findings.
  public let consequence: Consequence?
  /// The block at root level that the finding is in, as its keyword and its name; `nil` outside of all blocks.
  public let block: BlockName?

  /// A finding of `kind` about `location`.
  public init(
    _ kind: Kind, at location: SourceLocation, _ message: String, consequence: Consequence? = nil,
    block: BlockName? = nil
  ) {
    self.kind = kind
    self.location = location
    self.message = message
    self.consequence = kind == .error ? consequence ?? .lineLeftOut : nil
    self.block = block
  }
}

/// A block at root level.
public struct BlockName: Hashable, Sendable {
  /// The keyword that opens it.
  public let keyword: String
  /// Its name; empty where it has none.
  public let name: String

  /// A block of this keyword and name.
  public init(keyword: String, name: String) {
    self.keyword = keyword
    self.name = name
  }

  /// Which daemon the block is for; `nil` where it is for both.
  var user: KeyUser? {
    switch keyword {
    case "bfd_instance", "bfd_template", "bfd_unsolicited", "sbfd_initiator", "sbfd_reflector": .bfd
    case "vrrp_instance", "vrrp_sync_group", "vrrp_script", "vrrp_track_process", "track_file", "track_group",
      "static_ipaddress", "static_routes", "static_rules", "garp_group", "interface_up_down_delays",
      "linkbeat_interfaces":
      .vrrp
    default: nil
    }
  }
}

extension Diagnostic: CustomStringConvertible {
  /// `file:line:column: error|warning|note: text; consequence`; a security finding is a warning.
  public var description: String {
    let severity =
      switch kind {
      case .error: "error"
      case .security, .warning: "warning"
      case .note: "note"
      }
    let end = consequence.map { $0.description.isEmpty ? "" : "; \($0)" } ?? ""
    return "\(location): \(severity): \(message)\(end)"
  }
}

extension Diagnostic {
  /// Whether it matters to the daemon that is for `user`: what stands in a block of the other one does not.
  public func concerns(_ user: KeyUser) -> Bool { block?.user.map { $0 == user } ?? true }

  /// Whether it is in a block of the daemon that is for `user`.
  public func isIn(_ user: KeyUser) -> Bool { block?.user == user }

  /// What stays the same when lines are added or removed elsewhere in the file: by it an error is known again.
  fileprivate var identity: [String] {
    [location.file, message, block?.keyword ?? "", block?.name ?? ""]
  }
}

extension Sequence where Element == Diagnostic {
  /// Whether the file has errors.
  public var hasErrors: Bool { contains { $0.kind == .error } }

  /// The exit status of `-t` for these findings, as keepalived's: 0 fine, 5 errors, 6 script security only.
  public var testExitStatus: Int32 {
    if hasErrors { return 5 }
    return contains { $0.kind == .security } ? 6 : 0
  }

  /// The errors that are not among `others`, wherever they stand; one that is there more often is new.
  public func errors(notIn others: some Sequence<Diagnostic>) -> [Diagnostic] {
    var known: [[String]: Int] = [:]
    for other in others where other.kind == .error { known[other.identity, default: 0] += 1 }
    return filter { finding in
      guard finding.kind == .error else { return false }
      guard let count = known[finding.identity], count > 0 else { return true }
      known[finding.identity] = count - 1
      return false
    }
  }
}
