import ControlInterface

/// bfdd's metrics.
enum BFDMetrics {
  /// Of bfdd as a whole.
  static let daemon: [Column<BFDInfo>] = [
    Column(name: "bfd_sessions", kind: .gauge, help: "BFD sessions by state; down includes init.") {
      [
        Sample(labels: [("state", "up")], value: .integer($0.numberOfSessionsUp)),
        Sample(labels: [("state", "down")], value: .integer($0.numberOfSessionsDown)),
        Sample(labels: [("state", "admin_down")], value: .integer($0.numberOfSessionsAdminDown)),
      ]
    },
    .counters(
      "bfd_packets_dropped_total", by: "reason",
      "Packets discarded, by reason, those that belong to no session included."
    ) { $0.drops },
  ]

  /// Of the S-BFD reflector, where one is configured.
  static let reflector: [Column<ReflectorInfo>] = [
    Column(
      name: "bfd_reflector_info", kind: .gauge, help: "Always 1; a sample for each S-BFD discriminator it answers for."
    ) {
      $0.discriminators.map { Sample(labels: [("discriminator", String($0))], value: .integer(1)) }
    },
    .flag("bfd_reflector_up", "Whether the S-BFD reflector answers Up; otherwise it answers AdminDown.") {
      $0.state == .up
    },
    .counter("bfd_reflector_packets_reflected_total", "S-BFD packets answered.") { $0.reflectedPacketCount },
    .counters("bfd_reflector_packets_dropped_total", by: "reason", "S-BFD packets not answered, by reason.") {
      $0.drops
    },
  ]

  /// Of one session.
  static let session: [Column<SessionInfo>] = [
    Column(
      name: "bfd_session_info", kind: .gauge, help: "Always 1; the labels tell what a session is configured to be."
    ) {
      [
        Sample(
          labels: [
            ("source", $0.source ?? ""), ("interface", $0.interface ?? ""),
            ("multihop", $0.multihop ? "true" : "false"), ("authentication", $0.authenticationType ?? ""),
          ], value: .integer(1))
      ]
    },
    .flag("bfd_session_up", "Whether the session is Up.") { $0.localState == .up },
    .gauge("bfd_session_state", "State of the session: 0 AdminDown, 1 Down, 2 Init, 3 Up (RFC 5880).") {
      $0.localState.code
    },
    .gauge("bfd_session_remote_state", "State in the neighbour's last packet, in the same numbers.") {
      $0.remoteState?.code
    },
    .gauge("bfd_session_diagnostic", "Why the local state changed last: diagnostic code of RFC 5880.") {
      $0.localDiagnostic.number
    },
    .flag("bfd_session_waiting", "Whether the session waits for something this machine has not, such as its address.") {
      $0.problem != nil
    },
    .counters("bfd_session_transitions_total", by: "transition", "Changes of state: to Up, from Up, to AdminDown.") {
      [
        "up": $0.statistics.upCount, "down": $0.statistics.downCount, "admin_down": $0.statistics.adminDownCount,
      ]
    },
    .seconds("bfd_session_last_up_time_seconds", "When the session went Up last, since the Unix epoch.") { $0.lastUp },
    .seconds("bfd_session_last_down_time_seconds", "When it left Up last, since the Unix epoch.") { $0.lastDown },
    .counter("bfd_session_packets_received_total", "Packets accepted.") { $0.statistics.receivePacketCount },
    .counter("bfd_session_packets_sent_total", "Packets sent.") { $0.statistics.sendPacketCount },
    .counter("bfd_session_send_failures_total", "Packets the kernel did not take.") {
      $0.statistics.sendFailedPacketCount
    },
    .counters(
      "bfd_session_packets_dropped_total", by: "reason", "Packets of the session that were discarded, by reason."
    ) { $0.statistics.drops },
    .seconds("bfd_session_transmit_interval_seconds", "Negotiated interval between packets sent, before jitter.") {
      $0.negotiatedTxInterval
    },
    .seconds("bfd_session_receive_interval_seconds", "Interval at which packets are expected.") {
      $0.negotiatedRxInterval
    },
    .seconds("bfd_session_detection_time_seconds", "After this much silence the session goes Down.") {
      $0.detectionTime
    },
    .seconds(
      "bfd_session_detection_margin_seconds",
      "What was left of the detection time when the latest packet so far came: how near to Down the session was."
    ) { $0.statistics.leastDetectionMargin },
    .seconds("bfd_session_last_received_age_seconds", "How long ago the last packet was accepted.") {
      $0.lastReceivedAge
    },
    .histogram(
      "bfd_session_receive_gap_seconds", "Time between packets accepted while Up, by the kernel's time stamps."
    ) {
      DurationBuckets($0.statistics.receiveGap, step: 2)
    },
    .seconds("bfd_session_receive_gap_max_seconds", "The longest of these gaps.") { $0.statistics.receiveGap.max },
    .histogram("bfd_session_transmit_lateness_seconds", "How long after its time each packet was sent.") {
      DurationBuckets($0.statistics.lateness, step: 2)
    },
    .seconds("bfd_session_transmit_lateness_max_seconds", "The worst lateness of a packet.") {
      $0.statistics.lateness.max
    },
  ]

  static func labels(_ session: SessionInfo) -> [(name: String, value: String)] {
    [("session", session.name), ("neighbor", session.neighbor)]
  }
}

extension SessionState {
  /// The number of the state on the wire (RFC 5880 4.1).
  fileprivate var code: Int {
    switch self {
    case .adminDown: 0
    case .down: 1
    case .`init`: 2
    case .up: 3
    }
  }
}
