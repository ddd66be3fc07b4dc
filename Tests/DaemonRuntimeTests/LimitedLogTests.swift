import DaemonRuntime
import Logging
import NetPrimitives
import Synchronization
import Testing

@testable import LinuxIO

@Suite struct LimitedLogTests {
  /// Keeps what is logged.
  private final class Lines: Sendable {
    private let all = Mutex<[String]>([])
    var lines: [String] { all.withLock { $0 } }
    func add(_ line: String) { all.withLock { $0.append(line) } }
  }

  private struct Handler: LogHandler {
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info
    var metadataProvider: Logger.MetadataProvider?
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: Logging.LogEvent) {
      let fields = (event.metadata ?? [:]).filter { $0.key != "message_id" }.sorted { $0.key < $1.key }
      lines.add(([event.message.description] + fields.map { "\($0.key)=\($0.value)" }).joined(separator: " "))
    }
  }

  private final class Idle: EventLoopDriver {
    var nextDeadline: Instant? { nil }
    func deadlinesReached(at now: Instant) {}
  }

  @Test func someLinesAreWrittenAndTheRestIsCounted() throws {
    let loop = try EventLoop()
    let lines = Lines()
    let logger = Logger(label: "test") { _ in Handler(lines: lines) }
    let limited = LimitedLog("refused packets", logger: logger, loop: loop, burst: 2, period: .milliseconds(20))
    var made = 0
    func refuse(_ number: Int) -> Logger.Message {
      made += 1
      return "packet \(number)"
    }
    for number in 0..<1_000 { limited.log(.packetRefused, .warning, refuse(number), [.reason: "x"]) }
    #expect(lines.lines == ["packet 0 reason=x", "packet 1 reason=x"])
    #expect(limited.leftOut == 998)
    // Those that are left out cost no words.
    #expect(made == 2)

    while lines.lines.count < 3 { try loop.runTurn(Idle()) }
    #expect(
      lines.lines.last
        == "refused packets: 998 more in \(Interval.milliseconds(20)), left out here class=refused packets left_out=998"
    )
    #expect(limited.leftOut == 0)
    // The next ones are written again, and what follows is counted for twice as long.
    for number in 0..<3 { limited.log(.packetRefused, .warning, refuse(number)) }
    #expect(lines.lines.suffix(2) == ["packet 0", "packet 1"])
    while lines.lines.count < 6 { try loop.runTurn(Idle()) }
    #expect(lines.lines.last?.contains("1 more in \(Interval.milliseconds(40))") == true)
  }

  @Test func whatIsBelowTheLevelTakesNoPlace() throws {
    let loop = try EventLoop()
    let lines = Lines()
    let logger = Logger(label: "test") { _ in Handler(lines: lines) }
    logger.log(.packetRefused, .debug, "unheard", [.reason: "x"])
    #expect(lines.lines.isEmpty)
    _ = loop
  }
}
