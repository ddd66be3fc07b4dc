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
}
