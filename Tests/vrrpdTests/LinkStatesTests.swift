@testable import KeepalivedConfig
import LinuxIO
import NetPrimitives
import Testing

@testable import vrrpd

@Suite("Link states", .timeLimit(.minutes(1))) struct LinkStatesTests {
  private final class Idle: EventLoopDriver {
    var nextDeadline: Instant? { nil }
    func deadlinesReached(at now: Instant) {}
  }

  private let loop: EventLoop
  private let links: LinkStates
  private let up = Link(index: 2, name: "eth0", isUp: true, isRunning: true)
  private let down = Link(index: 2, name: "eth0", isUp: true, isRunning: false)

  init() throws {
    loop = try EventLoop()
    links = LinkStates(loop: loop)
  }

  private func delay(_ down: Interval, _ up: Interval) -> LinkStates.Delay { LinkStates.Delay(down: down, up: up) }

  @Test("without a delay every change counts at once")
  func withoutDelay() {
    #expect([up, down, up].map { links.isUp("eth0", $0) } == [true, false, true])
    #expect(!links.isUp("eth0", nil))
    #expect(!links.isUp("eth0", Link(index: 2, name: "eth0", isUp: false, isRunning: true)))
  }

  @Test("a change counts when it has lasted", arguments: [true, false])
  func lasting(isUp: Bool) throws {
    let (before, after) = isUp ? (down, up) : (up, down)
    links.replace(with: ["eth0": delay(.milliseconds(20), .milliseconds(20))])
    var changes = 0
    links.onChange = { changes += 1 }
    #expect(links.isUp("eth0", before) == !isUp)
    #expect(links.isUp("eth0", after) == !isUp)
    while changes == 0 { try loop.runTurn(Idle()) }
    #expect(links.isUp("eth0", after) == isUp)
  }

  @Test("a bounce does not count, and neither does its delay afterwards")
  func bounce() throws {
    links.replace(with: ["eth0": delay(.milliseconds(10), .zero), "eth1": delay(.milliseconds(50), .zero)])
    var changes = 0
    links.onChange = { changes += 1 }
    #expect([up, down, up].map { links.isUp("eth0", $0) } == [true, true, true])
    #expect([up, down].map { links.isUp("eth1", $0) } == [true, true])
    while changes == 0 { try loop.runTurn(Idle()) }
    #expect(!links.isUp("eth1", down))
    #expect(links.isUp("eth0", up))
    #expect(changes == 1)
  }

  @Test("a delay of zero, what is seen first, and a missing interface count at once")
  func atOnce() {
    links.replace(with: ["eth0": delay(.seconds(100), .zero)])
    #expect([down, up, down].map { links.isUp("eth0", $0) } == [false, true, true])
    #expect(!links.isUp("eth0", nil))
    #expect(links.isUp("eth0", up))
  }

  @Test("an interface whose delay is gone counts as it is")
  func reload() {
    links.replace(with: ["eth0": delay(.seconds(100), .zero)])
    #expect([up, down].map { links.isUp("eth0", $0) } == [true, true])
    links.replace(with: [:])
    #expect(!links.isUp("eth0", down))
  }

  /// With three advertisements: two of them less 1/256.
  @Test(arguments: [("eth0", 1_000, 1_000), ("eth0", 5_000, 1_996), ("eth1", 5_000, 1_996), ("eth2", 5_000, 5_000)])
  func limit(interface: String, wanted: Int64, expected: Int64) {
    var configuration = Configuration()
    configuration.vrrpInstances = [
      instance {
        $0.advertisementInterval = .milliseconds(1_000)
        $0.tracking.interfaces = [
          KeepalivedConfig.TrackedObject(name: "eth1", weight: .fault, location: somewhere)
        ]
      }
    ]
    configuration.interfaceDelays = [
      InterfaceDelay(interface: interface, down: .milliseconds(wanted), up: .seconds(9), location: somewhere)
    ]
    var reduced: [String] = []
    let delays = LinkStates.Delay.all(of: configuration) { name, _ in reduced.append(name) }
    #expect(delays[interface]?.down.milliseconds == expected)
    #expect(delays[interface]?.up == .seconds(9))
    #expect(reduced == (wanted == expected ? [] : [interface]))
  }
}
