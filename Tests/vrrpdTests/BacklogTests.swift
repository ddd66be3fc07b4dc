import KeepalivedConfig
import NetPrimitives
import Testing
import VRRPCore

@testable import vrrpd

struct BacklogTests {
  private func names(_ backlog: inout Backlog, _ count: Int = .max) -> [String] {
    var result: [String] = []
    while result.count < count, let task = backlog.popFirst() {
      if case .group(let name, _) = task { result.append(name) }
    }
    return result
  }

  @Test func keepsTheOrderOverPortions() {
    var backlog = Backlog()
    for number in 0..<5 { backlog.append(.group("\(number)", .backup)) }
    #expect(names(&backlog, 2) == ["0", "1"])
    let now = Instant.zero + .seconds(1)
    backlog.pause(at: now)
    #expect(backlog.due == now, "the loop is to come back at once")
    backlog.append(.group("5", .backup))
    #expect(names(&backlog) == ["2", "3", "4", "5"])
    backlog.pause(at: now)
    #expect(backlog.isEmpty)
    #expect(backlog.due == nil)
  }

  /// What is done, in words.
  private func deeds(_ backlog: inout Backlog) -> [String] {
    var result: [String] = []
    while let task = backlog.popFirst() {
      guard case .effect(let effect, let instance) = task else { continue }
      let deed =
        switch effect {
        case .addAddresses: "add"
        case .removeAddresses: "remove"
        case .announce: "announce"
        case .notify(let notification, _): notification.rawValue
        default: "other"
        }
      result.append("\(instance.configuration.name) \(deed)")
    }
    return result
  }

  @Test("Every new master's addresses come before what is told, and before anything is announced again")
  func addressesFirst() {
    var backlog = Backlog()
    let instances = ["A", "B"].map { name in
      let configuration = instance(name)
      return Instance(
        configuration, router: RouterConfiguration(configuration, global: GlobalDefinitions()),
        notifications: NotificationCommands())
    }
    for instance in instances {
      for effect in [Effect.addAddresses, .announce(0..<1), .notify(.master, priority: 100), .announce(0..<1)] {
        backlog.append(.effect(effect, instance))
      }
    }
    backlog.append(.effect(.removeAddresses, instances[0]))
    #expect(
      deeds(&backlog) == [
        "A add", "A announce", "B add", "B announce", "A remove",
        "A MASTER", "A announce", "B MASTER", "B announce",
      ])
  }
}
