internal import NetPrimitives

/// A BFD implementation that can be measured.
public enum BenchRouter: String, Sendable, CaseIterable {
  /// Ours.
  case bfdd
  /// BIRD.
  case bird
  /// FRR's bfdd.
  case frr
  /// keepalived.
  case keepalived

  /// Starts it on `host` with all sessions of `load`; the process that is measured.
  func start(on host: Host, _ load: BenchLoad, baton: Baton?) throws(LabError) -> Daemon {
    switch self {
    case .bfdd:
      guard let baton else { throw .configuration("no folder with Baton's programs was given") }
      try host.install(Self.keepalivedConfiguration(load))
      return try baton.startBFD(on: host)
    case .keepalived:
      try host.install(Self.keepalivedConfiguration(load))
      return try host.startKeepalived(isDetailed: false)
    case .bird: return try host.startBIRD(configuration: Self.birdConfiguration(load))
    case .frr: return try host.startFRR("bfdd", configuration: Self.frrConfiguration(load))
    }
  }

  private static func lines(_ load: BenchLoad, _ line: (Int, IPv4Address) -> String) -> String {
    (0..<load.sessions).map { line($0, BenchLoad.neighbor($0)) }.joined(separator: "\n")
  }

  private static func keepalivedConfiguration(_ load: BenchLoad) -> String {
    let interval = decimal(load.interval)
    return lines(load) { index, neighbor in
      """
      bfd_instance n\(index) {
          neighbor_ip \(neighbor)
          source_ip \(BenchLoad.routerAddress)
          min_rx \(interval)
          min_tx \(interval)
          multiplier \(load.multiplier)
      }
      """
    } + "\n"
  }

  private static func birdConfiguration(_ load: BenchLoad) -> String {
    let interval = load.interval.microseconds
    let neighbors = lines(load) { _, neighbor in
      "  neighbor \(neighbor) dev \"\(Lab.wire)\" local \(BenchLoad.routerAddress);"
    }
    return """
      log stderr all;
      router id \(BenchLoad.routerAddress);
      protocol device { }
      protocol bfd {
        interface "\(Lab.wire)" {
          min rx interval \(interval) us; min tx interval \(interval) us; multiplier \(load.multiplier);
        };
      \(neighbors)
      }

      """
  }

  private static func frrConfiguration(_ load: BenchLoad) -> String {
    // FRR knows whole milliseconds.
    let interval = max(load.interval.milliseconds, 1)
    let peers = lines(load) { _, neighbor in
      """
       peer \(neighbor) local-address \(BenchLoad.routerAddress) interface \(Lab.wire)
        transmit-interval \(interval)
        receive-interval \(interval)
        detect-multiplier \(load.multiplier)
       !
      """
    }
    return "bfd\n\(peers)\n!\n"
  }

  /// Milliseconds as keepalived writes them: "10", "3.3".
  private static func decimal(_ interval: Interval) -> String {
    let (whole, rest) = interval.microseconds.quotientAndRemainder(dividingBy: 1_000)
    return rest == 0 ? "\(whole)" : "\(whole).\(String(1_000 + rest).dropFirst())"
  }
}
