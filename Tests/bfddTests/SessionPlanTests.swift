import BFDCore
import KeepalivedConfig
import NetPrimitives
import Testing

@testable import bfdd

@Suite("Session plan") struct SessionPlanTests {
  @Test("keepalived's defaults are 10 ms, multiplier 5, one hop")
  func defaults() throws {
    let plan = try plan("b")
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
  func keywords() throws {
    let plan = try plan("b") {
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

  @Test("echo and Demand mode reach the engine, and only sessions with echo need its port")
  func echo() throws {
    let plain = try plan("b")
    #expect(!plain.usesEcho && plain.parameters.echoTxInterval == nil && plain.parameters.demandPollInterval == nil)
    let both = try plan("b") {
      ($0.requiredMinEchoRX, $0.echoTX, $0.demand) = (.milliseconds(50), .milliseconds(20), true)
    }
    #expect(both.usesEcho && both.key.kind == .singleHop)
    #expect(both.parameters.requiredMinEchoRxInterval == .milliseconds(50))
    #expect(both.parameters.echoTxInterval == .milliseconds(20))
    #expect(both.parameters.demandPollInterval == .seconds(10))
    #expect(try plan("b") { $0.requiredMinEchoRX = .milliseconds(50) }.usesEcho)
    #expect(try !plan("b") { $0.demand = true }.usesEcho)
    let alone = try plan("b") { ($0.unaffiliatedEcho, $0.echoTX) = (true, .milliseconds(70)) }
    #expect(alone.usesEcho && alone.key.kind == .unaffiliatedEcho)
    #expect(alone.parameters.desiredMinTxInterval == .milliseconds(70))
    #expect(try plan("b") { $0.unaffiliatedEcho = true }.parameters.desiredMinTxInterval == .milliseconds(10))
  }

  @Test("keys reach the engine in their order, and a change of one is a change of the session")
  func keys() throws {
    let all = try plan("b") {
      $0.authentication = BFDAuthentication.Kind.allCases.map { kind in
        BFDAuthentication(kind: kind, keyID: 7, key: Secret("secret".utf8))
      }
    }
    #expect(all.keys.map(\.type.name) == BFDAuthentication.Kind.allCases.map(\.rawValue))
    #expect(all.keys.allSatisfy { $0.id == 7 && $0.type.maximumKeyLength == lengthLimit($0) })
    let old = try plan("b") { $0.authentication = [.init(kind: .keyedSHA1, keyID: 7, key: Secret("old".utf8))] }
    let new = try plan("b") { $0.authentication = [.init(kind: .keyedSHA1, keyID: 7, key: Secret("new".utf8))] }
    #expect(SessionDifference(from: [old], to: [new]).changed == [new])
    #expect(!"\(new)".contains("new\"") && !"\(new)".contains("110, 101, 119"))
  }

  /// Both modules state the same limit.
  private func lengthLimit(_ key: AuthenticationKey) -> Int? {
    BFDAuthentication.Kind(rawValue: key.type.name)?.maximumKeyLength
  }

  @Test("a key that cannot be used makes no plan at all", arguments: BFDAuthentication.Kind.allCases)
  func unusableKey(_ kind: BFDAuthentication.Kind) {
    for length in [0, kind.maximumKeyLength + 1] {
      #expect(throws: AuthenticationKeyError.self) {
        try plan("b") {
          $0.authentication = [.init(kind: kind, keyID: 1, key: Secret(repeatElement(65, count: length)))]
        }
      }
    }
  }

  @Test("an unchanged session is left alone; a changed, a renamed, a new and a missing one are told apart")
  func difference() throws {
    let other = IPAddress.v4(IPv4Address(1))
    let third = IPAddress.v4(IPv4Address(2))
    let fourth = IPAddress.v4(IPv4Address(3))
    let old = try [plan("same"), plan("changed", other), plan("gone", third), plan("before", fourth)]
    let new = try [
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
