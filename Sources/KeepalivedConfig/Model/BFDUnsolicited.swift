public import NetPrimitives

/// `bfd_unsolicited NAME {}`: BFD sessions for neighbours on an interface that begin by themselves (RFC 9468).
public struct BFDUnsolicited: Hashable, Sendable {
  /// The name, unique; the sessions are called `NAME/ADDRESS`.
  public var name: String
  /// `interface`.
  public var interface: String
  /// `allow`: the prefixes that neighbours may be in. Empty: all of the interface's subnets.
  public var allowed: [IPPrefix] = []
  /// `max_sessions`, 1 to 4096.
  public var maximumSessions = 64
  /// `hold_time`: how long a session that is not up is kept, 1 s to 86400 s.
  public var holdTime = Interval.seconds(60)
  /// What each session runs with, but for its name and its addresses.
  public var session: BFDInstance

  /// Sessions on `interface` with every default.
  public init(name: String, interface: String, location: SourceLocation) {
    self.name = name
    self.interface = interface
    session = BFDInstance(name: name, neighbor: .v4(IPv4Address(0)), location: location)
    session.interface = interface
    session.passive = true
  }
}
