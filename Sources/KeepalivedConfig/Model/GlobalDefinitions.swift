public import NetPrimitives

/// `global_defs` and the root-level scalars, with defaults applied. What instances inherit from here is already in them.
public struct GlobalDefinitions: Hashable, Sendable {
  /// `router_id`: the name in mail subjects. `nil`: the host name.
  public var routerID: String?
  /// `net_namespace`.
  public var networkNamespace: String?
  /// `instance`: the suffix of run-time file names.
  public var instanceName: String?

  /// `script_user`: who runs scripts that name no user. `nil`: `keepalived_script` where that user exists, else the
  /// daemon's own user.
  public var scriptUser: ScriptUser?
  /// `config_strict`: a file with errors is refused, at the start, too.
  public var refusesErrors = false
  /// `enable_script_security`: an insecure script is disabled, not only reported.
  public var scriptSecurity = false
  /// `umask`: the file mode creation mask of scripts, and of the pipes that are made.
  public var fileMask: UInt32 = 0o177

  /// `vrrp_process_name`, else `process_name` or what `process_names` makes of it; at most 15 bytes. `nil`: unchanged.
  public var vrrpProcessName: String?
  /// `bfd_process_name`, else `process_name` or what `process_names` makes of it; at most 15 bytes. `nil`: unchanged.
  public var bfdProcessName: String?
  /// `vrrp_priority`, `vrrp_no_swap`, `vrrp_rt_priority` and their like.
  public var vrrpScheduling = ProcessScheduling()
  /// `bfd_priority`, `bfd_no_swap`, `bfd_rt_priority` and their like.
  public var bfdScheduling = ProcessScheduling()

  /// `bfd_common_intervals`: sessions that do not say otherwise round their intervals as `CommonIntervals` does.
  public var commonBFDIntervals = false

  /// `vrrp_startup_delay`: how long all instances keep still after the start.
  public var startupDelay = Interval.zero
  /// `vrrp_delay_after_boot`: the same, measured from the machine's boot.
  public var delayAfterBoot = Interval.zero
  /// `vrrp_garp_interval`: the least time between two gratuitous ARPs on an interface; zero: back to back.
  public var garpInterval = Interval.zero
  /// `vrrp_gna_interval`: the least time between two unsolicited neighbour advertisements on an interface.
  public var gnaInterval = Interval.zero
  /// `default_interface`: where static addresses without `dev` go.
  public var defaultInterface = "eth0"
  /// `dynamic_interfaces`: interfaces may be missing at the start.
  public var dynamicInterfaces = false
  /// `log_unknown_vrids`.
  public var logUnknownVRIDs = false
  /// `nftables`: the table for `no_accept`.
  public var firewallTable = "baton"
  /// `nftables_priority`: the priority of its chains.
  public var firewallPriority = -1
  /// `vmac_prefix`: the first part of a virtual MAC interface's name.
  public var virtualMACPrefix = "vrrp"

  /// `notification_email`.
  public var notificationEmail: [String] = []
  /// `notification_email_from`.
  public var notificationEmailFrom: String?
  /// `no_email_faults`.
  public var noEmailFaults = false
  /// `smtp_server`: host and port.
  public var smtpServer: String?
  /// The port of `smtp_server`.
  public var smtpPort: UInt16 = 25
  /// `smtp_connect_timeout`.
  public var smtpConnectTimeout = Interval.seconds(30)
  /// `smtp_helo_name`.
  public var smtpHeloName: String?

  /// `notify_fifo`.
  public var notifyFIFO: NotifyFIFO?
  /// `vrrp_notify_fifo`.
  public var vrrpNotifyFIFO: NotifyFIFO?
  /// `vrrp_notify_fifo_json`.
  public var jsonNotifyFIFO: NotifyFIFO?
  /// `fifo_write_vrrp_states_on_reload`.
  public var writeStatesToFIFOOnReload = false
  /// `startup_script`.
  public var startupScript: ScriptCommand?
  /// `startup_script_timeout`.
  public var startupScriptTimeout = Interval.seconds(10)
  /// `shutdown_script`.
  public var shutdownScript: ScriptCommand?
  /// `shutdown_script_timeout`.
  public var shutdownScriptTimeout = Interval.seconds(10)

  /// Definitions with every default.
  public init() {}
}

/// How one process is scheduled. `nil` or false: not asked for.
public struct ProcessScheduling: Hashable, Sendable {
  /// `*_priority`: the nice value, -20 to 19.
  public var niceness: Int?
  /// `*_no_swap`: lock memory.
  public var lockMemory = false
  /// `*_rt_priority`: SCHED_RR at this priority, 1 to 99.
  public var realTimePriority: Int?
  /// `*_rlimit_rttime`: RLIMIT_RTTIME, with `*_rt_priority`. `nil`: no limit; keepalived's default would end a process
  /// that is only busy.
  public var realTimeLimit: Interval?
  /// `*_cpu_affinity`: CPU numbers; empty: all.
  public var processors: [Int] = []

  /// Ordinary scheduling.
  public init() {}
}

/// `notify_fifo` with its script.
public struct NotifyFIFO: Hashable, Sendable {
  /// Where the FIFO is made.
  public var path: String
  /// Who owns it; `nil`: `script_user`, else the daemon's user.
  public var owner: ScriptUser?
  /// `notify_fifo_script`: started with the path as its last argument.
  public var script: ScriptCommand?

  /// A FIFO at `path`.
  public init(path: String, owner: ScriptUser? = nil, script: ScriptCommand? = nil) {
    self.path = path
    self.owner = owner
    self.script = script
  }
}

/// `garp_group`: gratuitous ARP and NA spacing shared by interfaces.
public struct GratuitousGroup: Hashable, Sendable {
  /// `garp_interval`.
  public var garpInterval = Interval.zero
  /// `gna_interval`.
  public var gnaInterval = Interval.zero
  /// `interface`, `interfaces`.
  public var interfaces: [String] = []
  /// Where it stands.
  public var location: SourceLocation
}

/// One line of `interface_up_down_delays`.
public struct InterfaceDelay: Hashable, Sendable {
  /// The interface.
  public var interface: String
  /// How long it must be down before it counts as down.
  public var down: Interval
  /// How long it must be up before it counts as up.
  public var up: Interval
  /// Where it stands.
  public var location: SourceLocation
}
