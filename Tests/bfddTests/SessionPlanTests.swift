import BFDCore
import KeepalivedConfig
import NetPrimitives
import Testing

@testable import bfdd

@Suite("Session plan") struct SessionPlanTests {
  @Test("keepalived's defaults are 10 ms, multiplier 5, one hop")
  func defaults() {
    let plan = plan("b")
    #expect(plan.parameters.desiredMinTxInterval == .milliseconds(10))
    #expect(plan.parameters.requiredMinRxInterval == .milliseconds(10))
    #expect(plan.parameters.idleTxInterval == .seconds(1))
    #expect(plan.parameters.detectMultiplier == 5)
    #expect(plan.parameters.minimumHopLimit == 255)
    #expect(!plan.parameters.isPassive)
    #expect(plan.hopLimit == 255)
    #expect(plan.key.kind == .singleHop && plan.key.source == nil)
  }

  @Test("every keyword reaches the engine")
  func keywords() {
    let plan = plan("b") {
      $0.source = own
      $0.requiredMinRX = .milliseconds(50)
      $0.desiredMinTX = .milliseconds(60)
      $0.idleTX = .seconds(2)
      $0.multiplier = 7
      $0.passive = true
      $0.ttl = 200
      $0.maxHops = 3
      $0.multihop = true
    }
    #expect(
      plan.parameters
        == SessionParameters(
          desiredMinTxInterval: .milliseconds(60), requiredMinRxInterval: .milliseconds(50),
          idleTxInterval: .seconds(2),
          detectMultiplier: 7, isPassive: true, minimumHopLimit: 197))
    #expect(plan.hopLimit == 200)
    #expect(plan.key == .init(neighbor: neighbor, source: own, interface: nil, vrf: nil, kind: .multihop))
  }

  @Test("an unchanged session is left alone; a changed, a renamed, a new and a missing one are told apart")
  func difference() {
    let other = IPAddress.v4(IPv4Address(1))
    let third = IPAddress.v4(IPv4Address(2))
    let fourth = IPAddress.v4(IPv4Address(3))
    let old = [plan("same"), plan("changed", other), plan("gone", third), plan("before", fourth)]
    let new = [
      plan("new") { $0.multihop = true }, plan("after", fourth), plan("changed", other) { $0.multiplier = 9 },
      plan("same"),
    ]
    let difference = SessionDifference(from: old, to: new)
    #expect(difference.removed == [old[2].key])
    #expect(difference.changed == [new[1], new[2]])
    #expect(difference.added == [new[0]])
    #expect(SessionDifference(from: old, to: old) == SessionDifference(from: [], to: []))
  }
}
