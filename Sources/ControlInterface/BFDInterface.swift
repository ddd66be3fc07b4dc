public import Varlink

extension InterfaceDescription {
  /// What bfdd serves.
  public static let bfd = InterfaceDescription(
    name: "dev.baton.bfd",
    text: """
      # BFD sessions (RFC 5880) of bfdd. Names are those of RFC 9314.
      # Intervals and ages are in microseconds, points in time in microseconds since the Unix epoch.
      interface dev.baton.bfd

      type State (admin_down, down, init, up)

      # sbfd_initiator: RFC 7880; its neighbor is a reflector.
      type SessionType (single_hop, multihop, sbfd_initiator)

      # unsolicited: made for a neighbour that began by itself (RFC 9468).
      type Origin (configured, unsolicited)

      type Diagnostic (number: int, text: string)

      # min, mean and max are null while nothing was measured. buckets: how many lasted less than 1, 2, 4, 8, ...
      # microseconds and not less than the bound before; the last one counts all that lasted longer. sum and buckets are
      # null where they are not kept.
      type Durations (count: int, min: ?int, mean: ?int, max: ?int, sum: ?int, buckets: ?[]int)

      type Statistics (
        create_time: int,
        receive_packet_count: int,
        send_packet_count: int,
        receive_invalid_packet_count: int,
        send_failed_packet_count: int,
        send_oversize_packet_count: int,
        up_count: int,
        down_count: int,
        admin_down_count: int,
        poll_count: int,
        echo_send_packet_count: int,
        echo_receive_packet_count: int,
        echo_loop_packet_count: int,
        echo_round_trip: Durations,
        drops: [string]int,
        receive_gap: Durations,
        least_detection_margin: ?int,
        lateness: Durations
      )

      type Session (
        name: string,
        neighbor: string,
        source: ?string,
        interface: ?string,
        type: SessionType,
        multihop: bool,
        origin: Origin,
        vrf: ?string,
        dscp: int,
        padded_pdu_size: ?int,
        local_state: State,
        remote_state: ?State,
        local_diagnostic: Diagnostic,
        remote_diagnostic: ?Diagnostic,
        local_discriminator: int,
        remote_discriminator: ?int,
        local_multiplier: int,
        remote_multiplier: ?int,
        desired_min_tx_interval: int,
        required_min_rx_interval: int,
        remote_desired_min_tx_interval: ?int,
        remote_required_min_rx_interval: ?int,
        negotiated_tx_interval: ?int,
        negotiated_rx_interval: ?int,
        detection_time: ?int,
        last_up: ?int,
        last_down: ?int,
        uptime: ?int,
        last_received_age: ?int,
        passive: bool,
        unaffiliated_echo: bool,
        required_min_echo_rx_interval: ?int,
        remote_required_min_echo_rx_interval: ?int,
        echo_tx_interval: ?int,
        negotiated_echo_tx_interval: ?int,
        echo_detection_time: ?int,
        echo_last_round_trip: ?int,
        echo_problem: ?string,
        demand_poll_interval: ?int,
        demand_active: bool,
        remote_demand_active: bool,
        authentication_type: ?string,
        authentication_key_id: ?int,
        authentication_changing: ?bool,
        problem: ?string,
        statistics: Statistics
      )

      type Cause (packet, timer, configuration, operator, link)

      # from_state and to_state are equal where only what was negotiated changed.
      type Change (
        neighbor: string,
        from_state: State,
        to_state: State,
        remote_state: ?State,
        local_diagnostic: Diagnostic,
        remote_diagnostic: ?Diagnostic,
        negotiated_tx_interval: ?int,
        detection_time: ?int,
        cause: Cause,
        last_packet_age: ?int,
        packets_missed: ?int,
        own_lateness: ?int
      )

      # A change, and when it happened.
      type PastChange (time: int, change: Change)

      type EventKind (begin, state, end, change, removed)

      # begin: the full state follows. state: one session as it is now. end: the full state is complete, what it did
      # not name is gone. change: one session changed. removed: one session is gone.
      type Event (
        sequence: int,
        time: int,
        kind: EventKind,
        name: ?string,
        state: ?Session,
        change: ?Change
      )

      # configuration_findings: errors in the file of the configuration in use, which runs without what they say.
      type Daemon (
        name: string,
        version: string,
        pid: int,
        start_time: int,
        configuration_file: string,
        configuration_time: int,
        configuration_error: ?string,
        configuration_findings: int,
        scheduling: string,
        scheduling_problem: ?string,
        lateness: Durations,
        stalls: int,
        log_lines_lost: int,
        control_clients: int,
        control_refusals: [string]int
      )

      # The S-BFD reflector of this system (RFC 7880); state is what its answers say.
      type Reflector (
        discriminators: []int,
        state: State,
        required_min_rx_interval: int,
        reflected_packet_count: int,
        drops: [string]int
      )

      # reflector is null where none is configured.
      type Summary (
        daemon: Daemon,
        number_of_sessions: int,
        number_of_sessions_up: int,
        number_of_sessions_down: int,
        number_of_sessions_admin_down: int,
        drops: [string]int,
        reflector: ?Reflector
      )

      # All sessions in the order of the configuration.
      method List() -> (sessions: []Session)

      # One session.
      method Get(name: string) -> (session: Session)

      # The full state, then every change; must be called with "more". A subscriber that was too slow gets the full
      # state again, from a new begin.
      method Monitor() -> (event: Event)

      # The last changes of one session's state, at most 64, the oldest first.
      method History(name: string) -> (changes: []PastChange)

      # Lets a session run (up), or holds it in AdminDown until it is let run again.
      method SetAdmin(name: string, up: bool) -> ()

      # Checks a session's path by a Poll Sequence (RFC 5880 6.5) now: in Demand mode that ends it where nobody answers.
      method Poll(name: string) -> ()

      # Sets the counters of one session to zero, or of all and of the daemon.
      method ClearCounters(name: ?string) -> ()

      # Reads the configuration again. With force the file is taken wherever a start would take it: with errors that the
      # running configuration has not, or empty.
      method Reload(force: ?bool) -> ()

      type PlannedAction (add, remove, change)

      # keywords: what differs, for change. effects: what that will cause, in words.
      type PlannedChange (action: PlannedAction, kind: string, name: string, keywords: []string, effects: []string)

      # findings: as of bfdd -t. changes is empty where the file is not accepted.
      type ReloadPlan (file: string, accepted: bool, findings: []string, changes: []PlannedChange)

      # What a reload would do if the configuration were this file (null: the daemon's own). Nothing is changed.
      method Plan(file: ?string) -> (plan: ReloadPlan)

      # The daemon as a whole.
      method Info() -> (info: Summary)

      # There is no session of that name.
      error NoSuchSession (name: string)

      # The session is not Up, or has no neighbour that could answer a Poll.
      error NotUp (name: string)

      # The configuration has errors, one a line in reason; the old one stays in use.
      error ReloadRefused (reason: string)

      # There is no place for another connection: each user has a limited number. Said without a call; the connection is closed.
      error TooManyClients (reason: string)

      # A call has at most 8704 bytes, and 64 members and elements. The connection is closed.
      error CallTooLarge (reason: string)

      """)
}
