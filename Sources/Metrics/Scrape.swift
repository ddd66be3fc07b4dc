public import ControlInterface

/// What bfdd told.
public struct BFDAnswer: Equatable, Sendable {
  /// The daemon as a whole.
  public let info: BFDInfo
  /// Its sessions.
  public let sessions: [SessionInfo]

  /// An answer.
  public init(info: BFDInfo, sessions: [SessionInfo]) {
    self.info = info
    self.sessions = sessions
  }
}

/// What vrrpd told.
public struct VRRPAnswer: Equatable, Sendable {
  /// The daemon as a whole.
  public let info: VRRPInfo
  /// Its instances.
  public let instances: [InstanceInfo]

  /// An answer.
  public init(info: VRRPInfo, instances: [InstanceInfo]) {
    self.info = info
    self.instances = instances
  }
}

/// One reading of both daemons, as Prometheus text.
public struct Scrape: Equatable, Sendable {
  /// The exporters for keepalived whose names are given as well.
  public enum Compatibility: String, CaseIterable, Sendable {
    /// mehdy/keepalived-exporter and gen2brain/keepalived_exporter.
    case keepalived
  }

  /// What bfdd told; `nil` where it did not answer.
  public var bfd: BFDAnswer?
  /// What vrrpd told; `nil` where it did not answer.
  public var vrrp: VRRPAnswer?

  /// A reading.
  public init(bfd: BFDAnswer? = nil, vrrp: VRRPAnswer? = nil) {
    self.bfd = bfd
    self.vrrp = vrrp
  }

  /// All metrics in the text format, version 0.0.4; `version` is the exporter's own.
  public func text(version: String, compatibility: Compatibility? = nil) -> String {
    var exposition = Exposition()
    exposition.add(Self.exporterColumns, of: version)
    exposition.add(Self.presenceColumns, of: self)
    if let bfd {
      exposition.add(daemonColumns("bfd"), of: bfd.info.daemon)
      exposition.add(BFDMetrics.daemon, of: bfd.info)
      exposition.add(BFDMetrics.reflector, of: bfd.info.reflector.map { [$0] } ?? []) { _ in [] }
      exposition.add(BFDMetrics.session, of: bfd.sessions, labels: BFDMetrics.labels)
    }
    if let vrrp {
      exposition.add(daemonColumns("vrrp"), of: vrrp.info.daemon)
      exposition.add(VRRPMetrics.daemon, of: vrrp.info)
      exposition.add(VRRPMetrics.instance, of: vrrp.instances, labels: VRRPMetrics.labels)
    }
    if compatibility == .keepalived { addKeepalived(to: &exposition) }
    return exposition.text
  }

  private func addKeepalived(to exposition: inout Exposition) {
    exposition.add(Self.keepalivedColumns, of: self)
    guard let instances = vrrp?.instances else { return }
    exposition.add(KeepalivedMetrics.addresses, of: instances) { _ in [] }
    exposition.add(KeepalivedMetrics.instance, of: instances, labels: KeepalivedMetrics.labels)
    exposition.add(KeepalivedMetrics.instanceWithState, of: instances, labels: KeepalivedMetrics.labelsWithState)
    var known: Set<String> = []
    let scripts = instances.flatMap(\.tracked).filter { $0.kind == .script && known.insert($0.name).inserted }
    exposition.add(KeepalivedMetrics.scripts, of: scripts) { [("name", $0.name)] }
  }

  private static let exporterColumns: [Column<String>] = [
    Column(
      name: "baton_exporter_build_info", kind: .gauge, help: "Always 1; the label tells the exporter's version."
    ) { [Sample(labels: [("version", $0)], value: .integer(1))] }
  ]

  private static let presenceColumns: [Column<Scrape>] = [
    .flag("bfd_up", "Whether bfdd answers on its control socket.") { $0.bfd != nil },
    .flag("vrrp_up", "Whether vrrpd answers on its control socket.") { $0.vrrp != nil },
  ]

  private static let keepalivedColumns: [Column<Scrape>] = [
    .flag("keepalived_up", "Status") { $0.vrrp != nil }
  ]

  /// The names of all metrics there are, without those of other exporters.
  public static var metricNames: Set<String> {
    Set(
      exporterColumns.map(\.name) + presenceColumns.map(\.name) + daemonColumns("bfd").map(\.name)
        + BFDMetrics.daemon.map(\.name) + BFDMetrics.reflector.map(\.name) + BFDMetrics.session.map(\.name)
        + daemonColumns("vrrp").map(\.name)
        + VRRPMetrics.daemon.map(\.name) + VRRPMetrics.instance.map(\.name))
  }
}
