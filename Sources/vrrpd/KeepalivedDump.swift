import KeepalivedConfig
import LinuxIO
import NetPrimitives
import VRRPCore
import Varlink

/// An instance in the shape of keepalived's JSON dump, version 1, which exporters read. What keepalived leaves out where
/// it does not apply is left out here.
struct KeepalivedDump: Encodable {
  private let instance: Instance
  private let smtpAlert: Bool
  private let lastTransition: Double
  private let scriptOfName: [String: String]

  /// `microseconds` of the epoch is when the state changed last.
  init(_ instance: Instance, scripts: [VRRPScript], lastTransition microseconds: Int?) {
    self.instance = instance
    smtpAlert = instance.configuration.smtpAlert
    lastTransition = Double(microseconds ?? 0) / 1_000_000
    scriptOfName = Dictionary(
      scripts.map { ($0.name, Self.text($0.command)) }, uniquingKeysWith: { first, _ in first })
  }

  private struct Key: CodingKey {
    let stringValue: String
    let intValue: Int? = nil
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { return nil }
  }

  /// The container with one of the two halves in it.
  private struct Half: Encodable {
    let members: [(String, any Encodable & Sendable)]

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      for (name, value) in members { try container.encode(value, forKey: Key(stringValue: name)) }
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(Half(members: data), forKey: Key(stringValue: "data"))
    try container.encode(Half(members: statistics), forKey: Key(stringValue: "stats"))
  }

  /// Whole numbers are written without a fraction, as keepalived does: some readers insist.
  private static func number(_ interval: Interval) -> any Encodable & Sendable {
    let (seconds, rest) = interval.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return rest == 0 ? Int(seconds) : Double(interval.nanoseconds) / 1_000_000_000
  }

  private static func bit(_ flag: Bool) -> Int { flag ? 1 : 0 }

  private static func text(_ command: KeepalivedConfig.ScriptCommand) -> String {
    command.arguments.map { "'\($0)'" }.joined(separator: " ")
  }

  private var data: [(String, any Encodable & Sendable)] {
    let (configuration, router) = (instance.configuration, instance.router)
    let gratuitous = configuration.gratuitous
    let isMaster = router.state == .master
    let wantsMaster = isMaster || (router.state == .initialize && configuration.state == .master)
    let authentication = configuration.authentication
    return [
      ("iname", configuration.name), ("dont_track_primary", Self.bit(configuration.dontTrackPrimary)),
      ("skip_check_adv_addr", Self.bit(configuration.skipAddressListCheck)),
      ("strict_mode", Self.bit(configuration.strict)), ("vmac_ifname", configuration.virtualMAC?.name ?? ""),
      ("ifp_ifname", configuration.interface),
      ("master_priority", isMaster ? 0 : Int(router.lastHeard?.priority ?? 0)),
      ("last_transition", lastTransition), ("garp_delay", Self.number(gratuitous.delay)),
      ("garp_refresh", Self.number(gratuitous.refresh)), ("garp_rep", gratuitous.repeats),
      ("garp_refresh_rep", gratuitous.refreshRepeats),
      ("garp_lower_prio_delay", Self.number(gratuitous.lowerPriorityDelay)),
      ("garp_lower_prio_rep", gratuitous.lowerPriorityRepeats),
      ("lower_prio_no_advert", Self.bit(configuration.lowerPriorityNoAdvert)),
      ("higher_prio_send_advert", Self.bit(configuration.higherPrioritySendAdvert)),
      ("vrid", Int(configuration.virtualRouterID)), ("base_priority", Int(configuration.priority)),
      ("effective_priority", Int(router.effectivePriority)), ("vipset", !instance.held.addresses.isEmpty),
      ("promote_secondaries", configuration.promoteSecondaries),
      ("adver_int", Self.number(configuration.advertisementInterval)),
      ("master_adver_int", Self.number(isMaster ? configuration.advertisementInterval : router.masterInterval)),
      ("accept", Self.bit(configuration.accept)), ("nopreempt", !configuration.preempt),
      ("preempt_delay", Self.number(configuration.preemptDelay)), ("state", Self.number(of: router.state)),
      ("wantstate", wantsMaster ? 2 : 1), ("version", Int(configuration.version.rawValue)),
      ("smtp_alert", smtpAlert), ("notify_deleted", configuration.notify.deleted != nil),
    ] + scripts + lists + [("auth_type", authentication.map { $0.number } ?? 0)]
      + (authentication == nil ? [] : [("auth_data", "********")])
  }

  private static func number(of state: RouterState) -> Int {
    switch state {
    case .initialize: 0
    case .backup: 1
    case .master: 2
    case .fault: 3
    }
  }

  private var scripts: [(String, any Encodable & Sendable)] {
    let notify = instance.configuration.notify
    let all = [
      ("script_master", notify.master), ("script_backup", notify.backup), ("script_fault", notify.fault),
      ("script_stop", notify.stop), ("script_deleted", notify.deleted), ("script", notify.any),
      ("script_master_rx_lower_pri", notify.masterReceivedLowerPriority),
    ]
    return all.compactMap { name, command in command.map { (name, Self.text($0)) } }
  }

  private var lists: [(String, any Encodable & Sendable)] {
    let configuration = instance.configuration
    let tracking = configuration.tracking
    let all = [
      ("vips", configuration.virtualAddresses.map(text)), ("evips", configuration.excludedAddresses.map(text)),
      ("vroutes", configuration.routes.map { "\($0.route)" }),
      ("vrules", configuration.rules.map { "\($0.rule)" }),
      ("track_ifp", tracking.interfaces.map(\.name)),
      ("track_script", tracking.scripts.map { scriptOfName[$0.name] ?? $0.name }),
      ("track_process", tracking.processes.map(\.name)),
    ]
    return all.compactMap { name, list in list.isEmpty ? nil : (name, list) }
  }

  private func text(_ entry: AddressEntry) -> String {
    let isHost = entry.prefix.length == (entry.address.family == .ipv4 ? 32 : 128)
    let isSet = instance.held.addresses.contains {
      $0.object.address == entry.address && $0.object.prefix.length == entry.prefix.length
    }
    var words = [isHost ? "\(entry.address)" : "\(entry.address)/\(entry.prefix.length)"]
    words += ["dev", instance.configuration.device(of: entry), "scope", Self.scope(entry.scope)]
    if let label = entry.label { words += ["label", label] }
    if entry.address.family == .ipv6 {
      switch entry.preferredLifetime {
      case .seconds(let seconds): words += ["preferred_lft", String(seconds)]
      case .forever: words += ["preferred_lft", "forever"]
      }
    }
    if isSet { words.append("set") }
    return words.joined(separator: " ")
  }

  private static func scope(_ number: UInt8) -> String {
    switch number {
    case 0: "global"
    case 200: "site"
    case 253: "link"
    case 254: "host"
    case 255: "nowhere"
    default: String(number)
    }
  }

  private var statistics: [(String, any Encodable & Sendable)] {
    let statistics = instance.router.statistics
    let drops = statistics.drops
    let counts: [(String, UInt64)] = [
      ("advert_rcvd", statistics.advertisementsReceived), ("advert_sent", statistics.advertisementsSent),
      ("become_master", statistics.masterTransitions), ("release_master", statistics.masterReleases),
      ("packet_len_err", drops[.packetLength]), ("advert_interval_err", drops[.interval]),
      ("ip_ttl_err", drops[.hopLimit]), ("invalid_type_rcvd", drops[.packetType]),
      ("addr_list_err", statistics.addressListErrors), ("invalid_authtype", drops[.authenticationType]),
      ("authtype_mismatch", drops[.authenticationMismatch]), ("auth_failure", drops[.authenticationFailure]),
      ("pri_zero_rcvd", statistics.priorityZeroReceived), ("pri_zero_sent", statistics.priorityZeroSent),
    ]
    return counts.map { ($0, Int(clamping: $1)) }
  }
}

extension VRRPAuthentication {
  /// The authentication type of RFC 2338.
  fileprivate var number: Int {
    switch self {
    case .password: 1
    case .header: 2
    }
  }
}

extension Router {
  /// The interval that the active router announces.
  fileprivate var masterInterval: Interval { lastAdvertisement?.interval ?? configuration.advertisementInterval }
}
