import LinuxIO
import NetPrimitives
import Testing

@testable import vrrpd

@Suite("Leftovers") struct LeftoversTests {
  private func address(_ last: Int, origin: UInt8?) throws -> InterfaceAddress {
    InterfaceAddress(interface: 2, prefix: try #require(IPPrefix("192.0.2.\(last)/24")), origin: origin)
  }

  private func found(_ leftovers: Leftovers, _ addresses: [InterfaceAddress]) -> [InterfaceAddress] {
    leftovers.find(among: addresses) { $0 == 2 ? "eth0" : nil }
  }

  private let recorded: Set<String> = ["eth0 192.0.2.1/24", "eth0 192.0.2.9/24", "eth1 192.0.2.2/24"]

  @Test("alone, every marked address is a leftover; beside another vrrpd, only those of the record")
  func marked() throws {
    let all = try [address(1, origin: 112), address(2, origin: 112), address(9, origin: nil), address(3, origin: 3)]
    #expect(found(Leftovers(recorded: recorded, isAlone: true), all) == [all[0], all[1]])
    #expect(found(Leftovers(recorded: recorded, isAlone: false), all) == [all[0]])
    #expect(found(Leftovers(recorded: [], isAlone: false), all).isEmpty)
  }

  @Test("where the kernel keeps no marks the record decides")
  func unmarked() throws {
    let all = try [address(1, origin: nil), address(2, origin: nil)]
    #expect(found(Leftovers(recorded: recorded, isAlone: true), all) == [all[0]])
    #expect(found(Leftovers(recorded: [], isAlone: true), all).isEmpty)
  }
}
