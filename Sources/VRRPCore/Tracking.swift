/// Something outside VRRP that a router watches, and what it does to the router.
public struct Tracker: Hashable, Sendable {
  /// What is watched.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// A network interface: up or down.
    case interface
    /// A `vrrp_script`: its result.
    case script
    /// A `track_file`: the number in it.
    case file
    /// A `vrrp_track_process`: whether its quorum is met.
    case process
    /// A BFD session of the bfdd daemon.
    case bfd
    /// A `track_group`: whether its static addresses, routes and rules are there.
    case group
  }

  /// What is watched.
  public var kind: Kind
  /// The name of the object: that of the interface, script, file, process, BFD session or group.
  public var name: String
  /// What it adds to or takes from the priority, -254 to 254; 0 means that failure is a fault of the router.
  public var weight: Int
  /// Whether success and failure change places.
  public var isReversed: Bool

  /// A tracker.
  public init(kind: Kind, name: String, weight: Int = 0, isReversed: Bool = false) {
    self.kind = kind
    self.name = name
    self.weight = weight
    self.isReversed = isReversed
  }
}

/// What is known about a tracked object.
public enum TrackerState: Hashable, Sendable {
  /// Nothing yet.
  case unknown
  /// It works.
  case up
  /// It does not.
  case down
  /// Nothing, and nothing is to be waited for: it could not be examined so far. It has no influence until it can.
  case unavailable
  /// The number in a tracked file.
  case value(Int)
}

/// What one tracked object does to its router.
public enum TrackerInfluence: Hashable, Sendable {
  /// Its first result is needed before the router may take part.
  case pending
  /// The router is in fault.
  case fault
  /// So much is added to the priority; 0 for nothing.
  case priority(Int)
}

extension Tracker {
  /// What the tracked object does to the router while it is in `state`.
  ///
  /// An unweighted script that has not run yet holds the router back, but not one that cannot be run; a BFD session that is not known to be up counts as
  /// down (keepalived does the same); everything else that is unknown has no influence.
  public func influence(of state: TrackerState) -> TrackerInfluence {
    switch state {
    case .unknown:
      switch kind {
      case .bfd: influence(ofSuccess: false)
      case .script: weight == 0 ? .pending : .priority(0)
      case .interface, .file, .process, .group: .priority(0)
      }
    case .unavailable: .priority(0)
    case .up: influence(ofSuccess: true)
    case .down: influence(ofSuccess: false)
    case .value(let value): influence(ofValue: value)
    }
  }

  /// Up or down: a positive weight is added on success, a negative one on failure. Reversed: the same event as before
  /// changes the priority the other way.
  private func influence(ofSuccess isUp: Bool) -> TrackerInfluence {
    if weight == 0 { return isUp == isReversed ? .fault : .priority(0) }
    guard isUp == (weight > 0) else { return .priority(0) }
    return .priority(isReversed ? -weight : weight)
  }

  /// A file's number times the weight; what reaches -254 is a fault, as in keepalived.
  private func influence(ofValue value: Int) -> TrackerInfluence {
    if weight == 0 { return (value != 0) != isReversed ? .fault : .priority(0) }
    let factor = isReversed ? -weight : weight
    let (product, overflow) = value.multipliedReportingOverflow(by: factor)
    let amount = overflow ? ((value < 0) == (factor < 0) ? Int.max : Int.min) : product
    return amount <= -254 ? .fault : .priority(min(amount, 254))
  }
}
