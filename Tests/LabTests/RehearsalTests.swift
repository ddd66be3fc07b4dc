import FoundationEssentials
import LabKit
import Testing

extension LabTests {
  /// `baton-lab rehearse` on a file of the shape that people have.
  @Suite struct Rehearsals {
    private struct Result: Decodable {
      struct Run: Decodable {
        let router: String
        let ok: Bool
        let faults: [Fault]
      }
      struct Fault: Decodable {
        let fault: String
        let active: String
        let ok: Bool
        let addresses: [Address]
      }
      struct Address: Decodable {
        let address: String
        let path: [String]
        let after: [String]
        let gone: Int
        let announced: Int?
      }

      let ok: Bool
      let notes: [String]
      let runs: [Run]
    }

    @Test func powerLossAndAFailingCheck() throws {
      let folder = LabTests.fixtures + "/advert-30ms"
      let svg = "\(Lab.root)/rehearsal-\(UInt32.random(in: 0...UInt32.max)).svg"
      defer { _ = try? Command.run(["rm", "-f", svg]) }
      let (status, output) = try Command.status([
        LabTests.baton().path("baton-lab"), "rehearse", folder + "/keepalived.conf", "--files", folder + "/etc",
        "--fault", "power", "--fault", "check", "--json", "--svg", svg,
      ])
      #expect(status == 0, "\(output)")
      let result = try JSONDecoder().decode(Result.self, from: Data(output.utf8))
      #expect(result.ok && result.runs.map(\.router) == ["baton"] && result.runs[0].ok)
      #expect(result.notes.contains { $0.hasPrefix("not run") }, "\(result.notes)")
      let faults = result.runs[0].faults
      #expect(faults.map(\.fault) == ["power", "check:chk_upyun"] && faults.allSatisfy { $0.active == "a" })
      for fault in faults {
        let address = try #require(fault.addresses.first)
        #expect(address.address == "192.168.147.19" && address.after == ["a"], "\(output)")
        #expect(address.path.first == "a" && address.path.contains("b") && address.path.last == "a", "\(output)")
        #expect(address.announced != nil)
      }
      // Nobody can answer before the backup has noticed, and it notices after three advertisements of 30 ms.
      #expect(faults[0].addresses[0].gone > 60_000, "\(output)")
      #expect(try Command.run(["cat", svg]).contains("</svg>"))
    }

    @Test func badFilesAreRefused() throws {
      let (status, output) = try Command.status([
        LabTests.baton().path("baton-lab"), "rehearse", LabTests.fixtures + "/ten-mistakes.conf",
      ])
      #expect(status == 1)
      #expect(output.contains("is refused:") && output.count(of: ": error: ") >= 10, "\(output)")
    }
  }
}
