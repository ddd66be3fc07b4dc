internal import FoundationEssentials

/// What the neighbours say while they measure a router: a line each on standard output, for the process that started
/// them.
enum PeersPhase: String {
  /// They listen.
  case ready
  /// All sessions are at rest, or as many as will ever be: the measurement begins.
  case begin
  /// The measurement ends; from now on neighbours fall silent.
  case silencing
}

/// What the neighbours saw of a router. Times are in microseconds.
struct PeersReport: Codable {
  /// How many sessions were Up at both ends when the measurement began.
  var up = 0
  /// When the last of them came up, in nanoseconds of the monotonic clock; `nil` where some never did.
  var all_up: UInt64?
  /// Packets of the router while it was measured.
  var received: UInt64 = 0
  /// Packets to the router while it was measured.
  var sent: UInt64 = 0
  /// How often a session left Up that was not to.
  var flaps = 0
  /// The largest time between two packets of the same session of the router.
  var largest_gap: Int64 = 0
  /// The time between two such packets that 99 of 100 do not exceed.
  var gap_p99: Int64?
  /// How many neighbours fell silent.
  var silenced = 0
  /// How late the router said so, for those that it noticed, shortest first: from the end of the detection time to the
  /// arrival of its Down.
  var detections: [Int64] = []
  /// The largest time between two packets of the same neighbour: the neighbours' own fault.
  var own_largest_gap: Int64 = 0
  /// Packets that the kernel dropped because the neighbours were too slow to read.
  var own_drops: UInt64 = 0

  private static let prefix = "report "

  /// The report as a line of the neighbours' output.
  func line() throws(LabError) -> String {
    do { return Self.prefix + String(decoding: try JSONEncoder().encode(self), as: UTF8.self) } catch {
      throw .configuration("the report cannot be written as JSON: \(error)")
    }
  }

  /// The report in the neighbours' output, once it is there.
  init?(output: String) {
    guard let line = output.split(separator: "\n").last(where: { $0.hasPrefix(Self.prefix) }) else { return nil }
    let json = Data(line.dropFirst(Self.prefix.count).utf8)
    guard let report = try? JSONDecoder().decode(Self.self, from: json) else { return nil }
    self = report
  }

  init() {}
}
