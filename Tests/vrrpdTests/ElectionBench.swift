import KeepalivedConfig
import NetPrimitives
import Testing

@testable import VRRPCore
@testable import vrrpd

/// One router as the text of a file makes it, on a clock of its own, among others that are played by the test.
struct ElectionBench {
  private static let begin = Instant.zero + .seconds(1_000)

  private(set) var router: Router
  var sent: [(time: Interval, message: [UInt8], to: IPAddress)] = []
  /// When addresses were announced, by seconds since the start; how many.
  var announced: [(time: Interval, count: Int)] = []
  private(set) var notifications: [VRRPCore.Notification] = []
  private var now = Self.begin

  /// The first instance of `lines` in an instance with one address, after `global` in `global_defs`; without errors.
  init(
    _ lines: String = "", global: String = "", addresses: String = "192.0.2.200",
    location: Testing.SourceLocation =
      #_sourceLocation
  ) throws {
    let text = """
      global_defs {
      \(global)
      }
      vrrp_instance VI_1 {
      interface eth0
      virtual_router_id 51
      \(lines)
      virtual_ipaddress {
      \(addresses)
      }
      }

      """
    try self.init(text: text, location: location)
  }

  /// The first instance of the file `text`, without errors.
  init(text: String, location: Testing.SourceLocation = #_sourceLocation) throws {
    let (settings, instance) = try Self.read(text, location)
    router = Router(
      settings,
      sourceAddress: instance.family == .ipv4 ? address("192.0.2.1") : address("fe80::1"))
    act { $0.start(now: $1, into: &$2) }
  }

  private static func read(
    _ text: String, _ location: Testing.SourceLocation
  ) throws -> (RouterConfiguration, VRRPInstance) {
    var source = ConfigurationSource(identifier: "alpha", randomSeed: 7)
    source.readFile = { (_, _) throws(FileProblem) in ConfigurationFile(bytes: Array(text.utf8)) }
    let loaded = try Configuration.load(path: "/etc/main.conf", from: source)
    let errors = loaded.findings.filter { $0.kind == .error }
    try #require(errors.isEmpty, "\(errors)", sourceLocation: location)
    let configuration = loaded.configuration
    let instance = try #require(configuration.vrrpInstances.first, sourceLocation: location)
    let settings = RouterConfiguration(
      instance, global: configuration.global,
      group: configuration.syncGroups.first { $0.members.contains(instance.name) }, statics: configuration)
    return (settings, instance)
  }

  /// The file becomes `text`.
  mutating func reload(text: String, location: Testing.SourceLocation = #_sourceLocation) throws {
    let (settings, _) = try Self.read(text, location)
    act { router, now, effects in router.reconfigure(settings, now: now, into: &effects) }
  }

  /// What is known of everything that is tracked.
  mutating func tell(_ isUp: Bool) {
    act { router, now, effects in
      for tracker in router.configuration.trackers {
        switch tracker.kind {
        case .bfd:
          let report = BFDReport(
            state: isUp ? .up : .down, neighbor: address("192.0.2.2"), diagnostic: 0, transmitInterval: .seconds(1))
          router.bfdChanged(session: tracker.name, to: report, now: now, into: &effects)
        case .file:
          router.trackerChanged(.file, tracker.name, to: .value(isUp ? 3 : 0), now: now, into: &effects)
        case .interface, .script, .process, .group:
          router.trackerChanged(tracker.kind, tracker.name, to: isUp ? .up : .down, now: now, into: &effects)
        }
      }
    }
  }

  var elapsed: Interval { now - Self.begin }

  private mutating func act(_ action: (inout Router, Instant, inout [Effect]) -> Void) {
    var effects: [Effect] = []
    action(&router, now, &effects)
    // A group of one agrees with itself.
    let group = VRRPCore.SyncGroup(name: "G", members: [0])
    while router.configuration.isInSyncGroup, let step = group.nextStep({ [router] _ in router.groupMember }) {
      router.follow(step.step, now: now, into: &effects)
    }
    for effect in effects {
      switch effect {
      case .sendAdvertisement(let message, let to): sent.append((elapsed, message, to))
      case .announce(let run):
        if let last = announced.last, last.time == elapsed {
          announced[announced.count - 1].count += run.count
        } else {
          announced.append((elapsed, run.count))
        }
      case .notify(let notification, _): notifications.append(notification)
      default: break
      }
    }
  }

  /// Lets `interval` pass.
  mutating func run(for interval: Interval) {
    let end = now + interval
    while let due = router.nextDeadline, due <= end {
      now = max(now, due)
      act { $0.deadlineReached(now: $1, into: &$2) }
    }
    now = end
  }

  /// Until it is master; when that was, since the start.
  mutating func runUntilMaster() throws -> Interval {
    while router.state != .master {
      let due = try #require(router.nextDeadline)
      now = max(now, due)
      act { $0.deadlineReached(now: $1, into: &$2) }
    }
    return elapsed
  }

  /// An advertisement of another router of the same number arrives; why it was dropped, if it was.
  @discardableResult
  mutating func hear(
    priority: UInt8, from source: String = "192.0.2.2", change: (inout RouterConfiguration) -> Void = { _ in }
  ) -> VRRPCore.DropReason? {
    var theirs = router.configuration
    change(&theirs)
    let destination =
      switch router.configuration.transport {
      case .multicast(let group): group
      case .unicast: address("192.0.2.1")
      }
    let message = theirs.content.message(priority: priority, source: address(source), destination: destination)
    let path = PacketPath(source: address(source), destination: destination, hopLimit: 255, receivedAt: now)
    var reason: VRRPCore.DropReason?
    act { reason = $0.receive(message.span, path: path, now: $1, into: &$2) }
    return reason
  }
}
