/// What both daemons say about themselves.
public struct DaemonInfo: Codable, Equatable, Sendable {
  /// "bfdd" or "vrrpd".
  public var name: String
  /// The version.
  public var version: String
  /// The process id.
  public var pid: Int
  /// When the daemon started, in microseconds since the Unix epoch.
  public var startTime: Int
  /// The configuration file.
  public var configurationFile: String
  /// When the configuration in use was read, in microseconds since the Unix epoch.
  public var configurationTime: Int
  /// Why the last reload was refused; null while the newest configuration is in use.
  public var configurationError: String?
  /// How many errors the file of the configuration in use has; what they say is left out.
  public var configurationFindings = 0
  /// The scheduling policy in use, such as "SCHED_RR 50" or "SCHED_OTHER".
  public var scheduling: String
  /// Why real-time scheduling or locked memory was refused; null where it was not.
  public var schedulingProblem: String?
  /// How late the event loop was with its deadlines.
  public var lateness = DurationFigures()
  /// How often the loop was not run for longer than any deadline allows.
  public var stalls = 0
  /// Log lines lost because nobody took them in time.
  public var logLinesLost = 0
  /// Clients of the control socket.
  public var controlClients = 0
  /// Connections that got no place and calls that were too large, by reason: `user_limit`, `client_limit`,
  /// `descriptors`, `call_size`.
  public var controlRefusals: [String: Int] = [:]

  /// What a daemon says of itself.
  public init(
    name: String, version: String, pid: Int, startTime: Int, configurationFile: String, configurationTime: Int,
    scheduling: String
  ) {
    self.name = name
    self.version = version
    self.pid = pid
    self.startTime = startTime
    self.configurationFile = configurationFile
    self.configurationTime = configurationTime
    self.scheduling = scheduling
  }

  enum CodingKeys: String, CodingKey {
    case name, version, pid
    case startTime = "start_time"
    case configurationFile = "configuration_file"
    case configurationTime = "configuration_time"
    case configurationError = "configuration_error"
    case configurationFindings = "configuration_findings"
    case scheduling
    case schedulingProblem = "scheduling_problem"
    case lateness, stalls
    case logLinesLost = "log_lines_lost"
    case controlClients = "control_clients"
    case controlRefusals = "control_refusals"
  }
}

/// bfdd as a whole: the process, and RFC 9314's summary.
public struct BFDInfo: Codable, Equatable, Sendable {
  /// The process and its event loop.
  public var daemon: DaemonInfo
  /// All sessions.
  public var numberOfSessions = 0
  /// Sessions in state Up.
  public var numberOfSessionsUp = 0
  /// Sessions in state Down or Init.
  public var numberOfSessionsDown = 0
  /// Sessions in state AdminDown.
  public var numberOfSessionsAdminDown = 0
  /// Discarded packets by reason, those that belong to no session included.
  public var drops: [String: Int] = [:]
  /// The S-BFD reflector; null where none is configured.
  public var reflector: ReflectorInfo?

  /// A daemon without sessions.
  public init(daemon: DaemonInfo) {
    self.daemon = daemon
  }

  enum CodingKeys: String, CodingKey {
    case daemon
    case numberOfSessions = "number_of_sessions"
    case numberOfSessionsUp = "number_of_sessions_up"
    case numberOfSessionsDown = "number_of_sessions_down"
    case numberOfSessionsAdminDown = "number_of_sessions_admin_down"
    case drops, reflector
  }
}

/// The S-BFD reflector of this system (RFC 7880).
public struct ReflectorInfo: Codable, Equatable, Sendable {
  /// The discriminators it answers for.
  public var discriminators: [Int]
  /// What its answers say: up, or admin_down.
  public var state: SessionState
  /// How often an initiator may send, in microseconds.
  public var requiredMinRxInterval: Int
  /// Packets answered.
  public var reflectedPacketCount: Int
  /// Packets discarded, by reason.
  public var drops: [String: Int]

  /// What there is to tell.
  public init(
    discriminators: [Int], state: SessionState, requiredMinRxInterval: Int, reflectedPacketCount: Int,
    drops: [String: Int]
  ) {
    self.discriminators = discriminators
    self.state = state
    self.requiredMinRxInterval = requiredMinRxInterval
    self.reflectedPacketCount = reflectedPacketCount
    self.drops = drops
  }

  enum CodingKeys: String, CodingKey {
    case discriminators, state
    case requiredMinRxInterval = "required_min_rx_interval"
    case reflectedPacketCount = "reflected_packet_count"
    case drops
  }
}

/// How vrrpd stands with bfdd.
public enum BFDLink: String, Codable, Equatable, Sendable, CaseIterable {
  /// No instance tracks a BFD session.
  case unused
  /// Subscribed, with the full state.
  case connected
  /// Not connected; the last known states are held.
  case stale
}

/// vrrpd as a whole.
public struct VRRPInfo: Codable, Equatable, Sendable {
  /// The process and its event loop.
  public var daemon: DaemonInfo
  /// All instances.
  public var numberOfInstances = 0
  /// Instances in state master.
  public var numberOfInstancesMaster = 0
  /// Instances in state backup.
  public var numberOfInstancesBackup = 0
  /// Instances in state fault.
  public var numberOfInstancesFault = 0
  /// Whether an operator took this router out of service.
  public var maintenance = false
  /// How long `vrrp_startup_delay` still keeps it from taking part; null where it does not run.
  public var startupDelayRemaining: Int?
  /// The subscription to bfdd.
  public var bfd = BFDLink.unused
  /// What was dropped and belongs to no instance, by reason: packets, and lines for `notify_fifo`.
  public var drops: [String: Int] = [:]

  /// A daemon without instances.
  public init(daemon: DaemonInfo) {
    self.daemon = daemon
  }

  enum CodingKeys: String, CodingKey {
    case daemon
    case numberOfInstances = "number_of_instances"
    case numberOfInstancesMaster = "number_of_instances_master"
    case numberOfInstancesBackup = "number_of_instances_backup"
    case numberOfInstancesFault = "number_of_instances_fault"
    case maintenance
    case startupDelayRemaining = "startup_delay_remaining"
    case bfd, drops
  }
}
