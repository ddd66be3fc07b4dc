import ControlInterface

/// The metrics of two exporters for keepalived, so that dashboards and rules made for them go on working: those of
/// mehdy/keepalived-exporter (`keepalived_..._total`, labels iname, intf, vrid) and of gen2brain/keepalived_exporter
/// (`keepalived_vrrp_...`, labels name, intf, vrid, state). What keepalived does not tell apart either, or Baton has no
/// equal of, is not there: the configured delay of gratuitous ARP, the run state of scripts, IPVS.
enum KeepalivedMetrics {
  /// Of mehdy/keepalived-exporter, except `keepalived_vrrp_state`.
  static let instance: [Column<InstanceInfo>] = counts.map { count in
    .counter("keepalived_\(count.name)_total", count.help, count.value)
  }

  /// Of gen2brain/keepalived_exporter.
  static let instanceWithState: [Column<InstanceInfo>] = counts.map { count in
    .untyped("keepalived_vrrp_\(count.shortName)", count.help, count.value)
  }

  /// `keepalived_vrrp_state`, for each address: its labels differ from the others'.
  static let addresses: [Column<InstanceInfo>] = [
    Column(
      name: "keepalived_vrrp_state", kind: .gauge, help: "State of vrrp: 0 init, 1 backup, 2 master, 3 fault."
    ) { instance in
      instance.virtualAddresses.map {
        Sample(
          labels: [
            ("iname", instance.name), ("intf", $0.interface ?? instance.interface), ("vrid", "\(instance.vrid)"),
            ("ip_address", $0.address),
          ], value: .integer(instance.state.code))
      }
    }
  ]

  /// `keepalived_script_status`: the scripts that instances track, once each.
  static let scripts: [Column<TrackedObject>] = [
    .flag("keepalived_script_status", "Tracker Script Status: 1 good, 0 bad.", \.isUp)
  ]

  static func labels(_ instance: InstanceInfo) -> [(name: String, value: String)] {
    [("iname", instance.name), ("intf", instance.interface), ("vrid", "\(instance.vrid)")]
  }

  static func labelsWithState(_ instance: InstanceInfo) -> [(name: String, value: String)] {
    [
      ("name", instance.name), ("intf", instance.interface), ("vrid", "\(instance.vrid)"),
      ("state", instance.state.rawValue.uppercased()),
    ]
  }

  /// Something that both count, and what they call it.
  private struct Count: Sendable {
    let name: String
    let shortName: String
    let help: String
    let value: @Sendable (InstanceInfo) -> Int?
  }

  private static func drops(_ reason: String) -> @Sendable (InstanceInfo) -> Int? {
    { $0.statistics.drops[reason] ?? 0 }
  }

  private static let counts: [Count] = [
    Count(name: "advertisements_received", shortName: "advert_rcvd", help: "Advertisements received") {
      $0.statistics.advertisementRcvd
    },
    Count(name: "advertisements_sent", shortName: "advert_sent", help: "Advertisements sent") {
      $0.statistics.advertisementSent
    },
    Count(name: "become_master", shortName: "become_master", help: "Became master") {
      $0.statistics.masterTransitions
    },
    Count(name: "release_master", shortName: "release_master", help: "Released master") {
      $0.statistics.masterReleases
    },
    Count(
      name: "packet_length_errors", shortName: "packet_len_err", help: "Packet length errors",
      value: drops("packet_length_errors")),
    Count(
      name: "advertisements_interval_errors", shortName: "advert_interval_err", help: "Advertisement interval errors",
      value: drops("interval_errors")),
    Count(name: "ip_ttl_errors", shortName: "ip_ttl_err", help: "TTL errors", value: drops("ip_ttl_errors")),
    Count(
      name: "invalid_type_received", shortName: "invalid_type_rcvd", help: "Invalid type errors",
      value: drops("invalid_type_pkts_rcvd")),
    Count(name: "address_list_errors", shortName: "addr_list_err", help: "Address list errors") {
      $0.statistics.addressListErrors
    },
    Count(
      name: "authentication_invalid", shortName: "invalid_authtype", help: "Authentication invalid",
      value: drops("invalid_authentication_type")),
    Count(
      name: "authentication_mismatch", shortName: "authtype_mismatch", help: "Authentication mismatch",
      value: drops("authentication_type_mismatch")),
    Count(
      name: "authentication_failure", shortName: "auth_failure", help: "Authentication failure",
      value: drops("authentication_failures")),
    Count(name: "priority_zero_received", shortName: "pri_zero_rcvd", help: "Priority zero received") {
      $0.statistics.priorityZeroPktsRcvd
    },
    Count(name: "priority_zero_sent", shortName: "pri_zero_sent", help: "Priority zero sent") {
      $0.statistics.priorityZeroPktsSent
    },
  ]
}
