internal import FoundationEssentials
internal import NetPrimitives

/// What a benchmark prints.
public enum BenchReport {
  /// A table of all routers, and how they compare with the first.
  public static func text(_ results: [BenchResult], _ load: BenchLoad) -> String {
    let title =
      "\(load.sessions) sessions at \(load.interval) x \(load.multiplier), \(load.duration) at rest, then "
      + "\(load.silenced) neighbours fall silent"
    let columns = [
      "", "all up", "CPU/packet", "CPU", "largest gap", "flaps", "noticed", "late p50", "p99", "max", "memory",
      "neighbours: CPU", "largest gap",
    ]
    var rows = [columns]
    for result in results { if let figures = result.figures { rows.append(row(result.router, figures)) } }
    var lines = [title, ""] + Report.table(rows)
    for result in results {
      guard let figures = result.figures, let junk = figures.junk else { continue }
      let rate = junk.values.reduce(0, +) / max(Int(load.duration.milliseconds / 1_000), 1)
      lines += ["", "  \(result.router.rawValue): \(rate) junk packets a second while at rest"]
    }
    let refusals = results.compactMap { result -> String? in
      if case .refused(let why) = result.outcome { "  \(result.router.rawValue): no result: \(why)" } else { nil }
    }
    if !refusals.isEmpty { lines += [""] + refusals }
    let ratios = ratios(results)
    if !ratios.isEmpty { lines += [""] + ratios }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func row(_ router: BenchRouter, _ figures: BenchFigures) -> [String] {
    let late = [0.5, 0.99, 1].map { figures.lateness($0).map(milliseconds) ?? "-" }
    return [
      router.rawValue, milliseconds(figures.timeUntilUp), microseconds(figures.timePerPacket), percent(figures.load),
      milliseconds(figures.largestGap), "\(figures.flaps)", "\(figures.lateness.count)/\(figures.silenced)",
    ] + late + [
      "\(decimal(Int64(figures.memory / 1024), per: 1024)) MB", percent(figures.peersLoad),
      milliseconds(figures.peersLargestGap) + (figures.peersDrops > 0 ? " (\(figures.peersDrops) lost)" : ""),
    ]
  }

  /// How the others compare with the first router: the figures that a ratio says something about.
  private static func ratios(_ results: [BenchResult]) -> [String] {
    guard let first = results.first, let base = first.figures else { return [] }
    return results.dropFirst().compactMap { result in
      guard let figures = result.figures else { return nil }
      let parts = [
        "CPU/packet \(times(figures.timePerPacket.nanoseconds, base.timePerPacket.nanoseconds))",
        "largest gap \(times(figures.largestGap.nanoseconds, base.largestGap.nanoseconds))",
        "memory \(times(Int64(figures.memory), Int64(base.memory)))",
      ]
      return "  \(result.router.rawValue) against \(first.router.rawValue): \(parts.joined(separator: ", "))"
    }
  }

  private static func times(_ value: Int64, _ base: Int64) -> String {
    base > 0 ? "x \(decimal(value * 100 / base, per: 100))" : "-"
  }

  private static func milliseconds(_ interval: Interval) -> String { Report.milliseconds(interval) }

  private static func microseconds(_ interval: Interval) -> String {
    "\(decimal(interval.nanoseconds, per: 1_000)) us"
  }

  private static func percent(_ thousandths: Int) -> String { "\(thousandths / 10).\(thousandths % 10) %" }

  /// `value / unit` with two decimals.
  private static func decimal(_ value: Int64, per unit: Int64) -> String {
    let hundredths = String(100 + value % unit * 100 / unit)
    return "\(value / unit).\(hundredths.dropFirst())"
  }

  /// All results as JSON: an array of objects, times in microseconds, CPU per packet in nanoseconds. `refused` says why
  /// a router has no figures.
  public static func json(_ results: [BenchResult], _ load: BenchLoad) throws(LabError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    do { return String(decoding: try encoder.encode(results.map { ResultJSON($0, load) }), as: UTF8.self) } catch {
      throw .configuration("the result cannot be written as JSON: \(error)")
    }
  }

  private struct ResultJSON: Encodable {
    let router: String
    let sessions: Int
    let interval: Int64
    let multiplier: UInt8
    var refused: String?
    var figures: FiguresJSON?

    init(_ result: BenchResult, _ load: BenchLoad) {
      router = result.router.rawValue
      sessions = load.sessions
      interval = load.interval.microseconds
      multiplier = load.multiplier
      switch result.outcome {
      case .measured(let figures): self.figures = FiguresJSON(figures)
      case .refused(let why): refused = why
      }
    }
  }

  private struct FiguresJSON: Encodable {
    let time_until_up: Int64
    let cpu_per_packet_ns: Int64
    let cpu_permille: Int
    let packets: UInt64
    let largest_gap: Int64
    let gap_p99: Int64
    let flaps: Int
    let silenced: Int
    let noticed: Int
    let lateness_p50: Int64?
    let lateness_p99: Int64?
    let lateness_max: Int64?
    let resident_memory: UInt64
    let peers_cpu_permille: Int
    let peers_largest_gap: Int64
    let peers_drops: UInt64
    let junk: [String: Int]?

    init(_ figures: BenchFigures) {
      time_until_up = figures.timeUntilUp.microseconds
      cpu_per_packet_ns = figures.timePerPacket.nanoseconds
      cpu_permille = figures.load
      packets = figures.packets
      largest_gap = figures.largestGap.microseconds
      gap_p99 = figures.gapP99.microseconds
      flaps = figures.flaps
      silenced = figures.silenced
      noticed = figures.lateness.count
      lateness_p50 = figures.lateness(0.5)?.microseconds
      lateness_p99 = figures.lateness(0.99)?.microseconds
      lateness_max = figures.lateness(1)?.microseconds
      resident_memory = figures.memory
      peers_cpu_permille = figures.peersLoad
      peers_largest_gap = figures.peersLargestGap.microseconds
      peers_drops = figures.peersDrops
      junk = figures.junk
    }
  }
}
