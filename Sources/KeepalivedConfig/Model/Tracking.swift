public import NetPrimitives

/// A tracker's weight. Zero means FAULT, others move the priority.
public struct TrackWeight: Hashable, Sendable {
  /// -254 to 254.
  public var value: Int
  /// `reverse`: success counts as failure and failure as success.
  public var reverse: Bool

  /// A weight of `value`.
  public init(_ value: Int, reverse: Bool = false) {
    self.value = value
    self.reverse = reverse
  }

  /// Weight 0: failure puts the instance in FAULT.
  public static let fault = TrackWeight(0)
}

/// One line of a `track_*` block: a name and the weight that applies, inherited from the tracked object if not given.
public struct TrackedObject: Hashable, Sendable {
  /// The interface, or the name of the script, file, process or BFD instance; it exists.
  public var name: String
  /// The effective weight.
  public var weight: TrackWeight
  /// Where it stands.
  public var location: SourceLocation
}

/// What an instance or group tracks.
public struct Tracking: Hashable, Sendable {
  /// `track_interface`.
  public var interfaces: [TrackedObject] = []
  /// `track_script`.
  public var scripts: [TrackedObject] = []
  /// `track_file`.
  public var files: [TrackedObject] = []
  /// `track_process`.
  public var processes: [TrackedObject] = []
  /// `track_bfd`.
  public var bfd: [TrackedObject] = []

  /// Nothing.
  public init() {}
}

/// `vrrp_script NAME {}`.
public struct VRRPScript: Hashable, Sendable {
  /// The name, unique.
  public var name: String
  /// `script`, with `user` or the default user.
  public var command: ScriptCommand
  /// `interval`, 1 ms to 4294 s.
  public var interval = Interval.seconds(1)
  /// `timeout`. Not given: the interval.
  public var timeout = Interval.seconds(1)
  /// `weight`.
  public var weight = TrackWeight.fault
  /// `rise`, from 1: successes in a row until the script counts as up.
  public var rise = 1
  /// `fall`, from 1: failures in a row until the script counts as down.
  public var fall = 1
  /// `init_fail`: counts as failed until it has succeeded.
  public var initFail = false
  /// Where the block begins.
  public var location: SourceLocation
}

/// `track_file NAME {}`.
public struct TrackFile: Hashable, Sendable {
  /// The name, unique.
  public var name: String
  /// `file`.
  public var path: String
  /// `weight`; the file's number is multiplied by it.
  public var weight = TrackWeight(1)
  /// `init_file`: the number the file is made with at the start. `nil`: it is not made.
  public var initialValue: Int?
  /// `init_file ... overwrite`.
  public var overwrites = false
  /// Where the block begins.
  public var location: SourceLocation
}

/// `vrrp_track_process NAME {}`.
public struct TrackProcess: Hashable, Sendable {
  /// How the parameters of `process` are compared.
  public enum ParameterMatch: Hashable, Sendable {
    /// Not given: parameters do not matter unless `process` has some, which must then be equal.
    case exact
    /// `initial`.
    case initial
    /// `partial`.
    case partial
  }

  /// The name, unique.
  public var name: String
  /// `process`: the program, then its parameters.
  public var command: [String]
  /// `param_match`. `nil`: not given.
  public var parameterMatch: ParameterMatch?
  /// `full_command`.
  public var fullCommand = false
  /// `weight`.
  public var weight = TrackWeight.fault
  /// `quorum`, 1 to 65535: the least number of processes.
  public var quorum = 1
  /// `quorum_max`, 0 to 65535. `nil`: no limit.
  public var quorumMaximum: Int?
  /// `delay` or `fork_delay`.
  public var forkDelay = Interval.zero
  /// `delay` or `terminate_delay`.
  public var terminateDelay = Interval.zero
  /// Where the block begins.
  public var location: SourceLocation
}

/// `vrrp_sync_group NAME {}`.
public struct SyncGroup: Hashable, Sendable {
  /// The name, unique.
  public var name: String
  /// `group`: names of instances; each exists and is in this group only.
  public var members: [String]
  /// What the group tracks for all its members.
  public var tracking = Tracking()
  /// `notify`, `notify_master` and so on.
  public var notify = NotifyScripts()
  /// `smtp_alert`.
  public var smtpAlert = false
  /// `notify_priority_changes`.
  public var notifyPriorityChanges = false
  /// `sync_group_tracking_weight`: members' weighted trackers keep their weights.
  public var keepsTrackingWeights = false
  /// Where the block begins.
  public var location: SourceLocation
}

/// `track_group NAME {}`: the instances that go to FAULT with a static entry.
public struct TrackGroup: Hashable, Sendable {
  /// The name, unique.
  public var name: String
  /// `group`: names of instances.
  public var members: [String]
  /// Where the block begins.
  public var location: SourceLocation
}
