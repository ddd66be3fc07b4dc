public import Varlink

extension InterfaceDescription {
  /// What vrrpd serves.
  public static let vrrp = InterfaceDescription(
    name: "dev.baton.vrrp",
    text: """
      # VRRP instances (RFC 9568, RFC 3768) of vrrpd. Names are those of RFC 8347.
      # Intervals and ages are in microseconds, points in time in microseconds since the Unix epoch.
      interface dev.baton.vrrp

      type State (init, backup, master, fault)

      type NewMasterReason (not_master, priority, preempted, no_response, bfd_takeover)

      type EventType (
        none,
        startup,
        shutdown,
        higher_priority_backup,
        master_timeout,
        master_left,
        interface_up,
        interface_down,
        no_primary_ip_address,
        primary_ip_address,
        preempt_hold_timeout,
        lower_priority_master,
        owner_preempt,
        bfd_takeover,
        tracked_change,
        sync_group,
        configuration,
        operator
      )

      type VirtualAddress (address: string, prefix_length: int, interface: ?string, label: ?string)

      type TrackedKind (interface, script, file, process, bfd, group)

      # stale_up and stale_down: the last known state of a session whose bfdd cannot be reached now.
      type TrackedState (up, down, unknown, stale_up, stale_down)

      # weight 0: the instance is in fault while this is down.
      type Tracked (kind: TrackedKind, name: string, state: TrackedState, weight: int)

      # min, mean and max are null while nothing was measured. buckets: how many lasted less than 1, 2, 4, 8, ...
      # microseconds and not less than the bound before; the last one counts all that lasted longer. sum and buckets are
      # null where they are not kept.
      type Durations (count: int, min: ?int, mean: ?int, max: ?int, sum: ?int, buckets: ?[]int)

      type Statistics (
        state_transitions: int,
        master_transitions: int,
        master_releases: int,
        advertisement_rcvd: int,
        advertisement_sent: int,
        checksum_errors: int,
        version_errors: int,
        vrid_errors: int,
        ip_ttl_errors: int,
        interval_errors: int,
        priority_zero_pkts_rcvd: int,
        priority_zero_pkts_sent: int,
        invalid_type_pkts_rcvd: int,
        address_list_errors: int,
        packet_length_errors: int,
        authentication_errors: int,
        other_errors: int,
        send_failed: int,
        checksum_with_pseudo_header: int,
        checksum_without_pseudo_header: int,
        dual_master_episodes: int,
        takeovers: int,
        false_takeovers: int,
        gratuitous_sent: int,
        drops: [string]int,
        lateness: Durations
      )

      # An advertisement that was refused, by the name of its counter in drops; address_list_errors: it was accepted, but has
      # other addresses.
      type Trouble (source: string, reason: string, age: int)

      type Instance (
        name: string,
        interface: string,
        vrid: int,
        version: int,
        address_family: string,
        state: State,
        priority: int,
        effective_priority: int,
        preempt: bool,
        advertise_interval: int,
        master_down_interval: ?int,
        skew_time: ?int,
        master_address: ?string,
        master_priority: ?int,
        virtual_addresses: []VirtualAddress,
        last_event: EventType,
        new_master_reason: NewMasterReason,
        up_datetime: ?int,
        last_transition: ?int,
        last_received_age: ?int,
        preempt_delay_remaining: ?int,
        patience: ?int,
        trouble: ?Trouble,
        yielding: bool,
        sync_group: ?string,
        fault_reasons: []string,
        tracked: []Tracked,
        statistics: Statistics
      )

      type Cause (packet, timer, bfd, tracking, link, sync_group, configuration, operator)

      # from_state and to_state are equal where only the effective priority changed.
      type Change (
        from_state: State,
        to_state: State,
        effective_priority: int,
        master_address: ?string,
        cause: Cause,
        event: EventType,
        detail: ?string,
        last_packet_age: ?int,
        packets_missed: ?int,
        own_lateness: ?int
      )

      # A change, and when it happened.
      type PastChange (time: int, change: Change)

      type EventKind (begin, state, end, change, removed)

      # begin: the full state follows. state: one instance as it is now. end: the full state is complete, what it did
      # not name is gone. change: one instance changed. removed: one instance is gone.
      type Event (
        sequence: int,
        time: int,
        kind: EventKind,
        name: ?string,
        state: ?Instance,
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

      # unused: no instance tracks a BFD session. stale: bfdd cannot be reached, the last known states are held.
      type BFDLink (unused, connected, stale)

      type Summary (
        daemon: Daemon,
        number_of_instances: int,
        number_of_instances_master: int,
        number_of_instances_backup: int,
        number_of_instances_fault: int,
        maintenance: bool,
        startup_delay_remaining: ?int,
        bfd: BFDLink,
        drops: [string]int
      )

      # All instances in the order of the configuration.
      method List() -> (instances: []Instance)

      # One instance.
      method Get(name: string) -> (instance: Instance)

      # The full state, then every change; must be called with "more". A subscriber that was too slow gets the full
      # state again, from a new begin.
      method Monitor() -> (event: Event)

      # The last changes of one instance's state, at most 64, the oldest first.
      method History(name: string) -> (changes: []PastChange)

      # Takes this router out of service, or puts it back.
      method SetMaintenance(on: bool) -> ()

      # Hands the addresses of a master to the next router.
      method Failover(name: string) -> ()

      # Reads the configuration again. With force the file is taken wherever a start would take it: with errors that the
      # running configuration has not, or empty.
      method Reload(force: ?bool) -> ()

      # unknown_vrid: no instance on the interface has the number. not_accepted: an instance has it, and does not accept what
      # it hears. other_addresses: an instance has it, with other addresses.
      type ForeignKind (unknown_vrid, not_accepted, other_addresses)

      # priority, kind, last_seen: those of the last advertisement.
      type ForeignRouter (
        interface: string,
        vrid: int,
        source: string,
        version: int,
        priority: int,
        kind: ForeignKind,
        count: int,
        first_seen: int,
        last_seen: int
      )

      # Routers that were heard and are none of ours, at most 64, the latest.
      method Foreign() -> (routers: []ForeignRouter)

      # All instances as a JSON array in the shape of keepalived's dump, version 1.
      method KeepalivedDump() -> (json: string)

      type PlannedAction (add, remove, change)

      # keywords: what differs, for change. effects: what that will cause, in words.
      type PlannedChange (action: PlannedAction, kind: string, name: string, keywords: []string, effects: []string)

      # findings: as of vrrpd -t. changes is empty where the file is not accepted.
      type ReloadPlan (file: string, accepted: bool, findings: []string, changes: []PlannedChange)

      # What a reload would do if the configuration were this file (null: the daemon's own). Nothing is changed.
      method Plan(file: ?string) -> (plan: ReloadPlan)

      # The daemon as a whole.
      method Info() -> (info: Summary)

      # There is no instance of that name.
      error NoSuchInstance (name: string)

      # The instance is not master, so it has nothing to hand over.
      error NotMaster (name: string)

      # The configuration has errors, one a line in reason; the old one stays in use.
      error ReloadRefused (reason: string)

      # There is no place for another connection: each user has a limited number. Said without a call; the connection is closed.
      error TooManyClients (reason: string)

      # A call has at most 8704 bytes, and 64 members and elements. The connection is closed.
      error CallTooLarge (reason: string)

      """)
}
