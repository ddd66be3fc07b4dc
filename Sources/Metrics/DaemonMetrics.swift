import ControlInterface

/// What both daemons have in common: the process, its event loop, its configuration. `prefix` is `bfd` or `vrrp`.
func daemonColumns(_ prefix: String) -> [Column<DaemonInfo>] {
  [
    Column(name: "\(prefix)_build_info", kind: .gauge, help: "Always 1; the labels tell the version that runs.") {
      [Sample(labels: [("version", $0.version)], value: .integer(1))]
    },
    .seconds("\(prefix)_start_time_seconds", "When the daemon started, since the Unix epoch.") { $0.startTime },
    .seconds(
      "\(prefix)_configuration_load_time_seconds", "When the configuration in use was read, since the Unix epoch."
    ) { $0.configurationTime },
    .flag("\(prefix)_configuration_reload_refused", "Whether the last reload was refused; the old one is in use.") {
      $0.configurationError != nil
    },
    .gauge(
      "\(prefix)_configuration_findings", "Errors in the file of the configuration in use: what they say is left out."
    ) { $0.configurationFindings },
    Column(
      name: "\(prefix)_realtime_scheduling", kind: .gauge,
      help: "Whether the daemon runs with a real-time policy; the label tells the policy in use."
    ) {
      let policy = $0.scheduling.split(separator: " ").first.map(String.init) ?? $0.scheduling
      let isRealTime = ["SCHED_FIFO", "SCHED_RR", "SCHED_DEADLINE"].contains(policy)
      return [Sample(labels: [("policy", policy)], value: .integer(isRealTime ? 1 : 0))]
    },
    .flag(
      "\(prefix)_scheduling_refused",
      "Whether real-time scheduling, priority or locked memory was asked for and refused."
    ) { $0.schedulingProblem != nil },
    .histogram("\(prefix)_loop_lateness_seconds", "How long after a deadline the event loop served it.") {
      DurationBuckets($0.lateness, step: 1)
    },
    .seconds("\(prefix)_loop_lateness_max_seconds", "The longest lateness so far.") { $0.lateness.max },
    .counter("\(prefix)_stalls_total", "How often the daemon was not run in time for its deadlines.") { $0.stalls },
    .counter("\(prefix)_log_lines_lost_total", "Log lines lost because nobody took them in time.") { $0.logLinesLost },
    .gauge("\(prefix)_control_clients", "Connections to the control socket.") { $0.controlClients },
    .counters(
      "\(prefix)_control_refusals_total", by: "reason",
      "Connections to the control socket that got no place, and calls that were too large."
    ) { $0.controlRefusals },
  ]
}
