public import NetPrimitives

/// One line of `virtual_routes` or `static_routes`. The parts most routes use are typed; the words are kept whole.
public struct RouteEntry: Hashable, Sendable {
  /// `to`. `nil`: `default`.
  public var destination: IPPrefix?
  /// `via`.
  public var gateway: IPAddress?
  /// `dev`.
  public var device: String?
  /// `src`.
  public var source: IPAddress?
  /// `table`: a number or a name of rt_tables.
  public var table: String?
  /// `metric`.
  public var metric: UInt32?
  /// The line, keyword by keyword.
  public var words: [String]
  /// Where it stands.
  public var location: SourceLocation
}

/// One line of `virtual_rules` or `static_rules`. The parts most rules use are typed; the words are kept whole.
public struct RuleEntry: Hashable, Sendable {
  /// `from`.
  public var from: IPPrefix?
  /// `to`.
  public var to: IPPrefix?
  /// `table`: a number or a name of rt_tables.
  public var table: String?
  /// `preference`.
  public var preference: UInt32?
  /// The line, keyword by keyword.
  public var words: [String]
  /// Where it stands.
  public var location: SourceLocation
}
