import LabKit
import NetPrimitives
import Testing

extension LabTests {
  /// What a daemon needed once and needs no more.
  @Suite struct Memory {
    private static let session = """
      bfd_instance path {
          neighbor_ip 192.0.2.2
          source_ip 192.0.2.1
      }

      """

    @Test func aLargeFileLeavesNothingBehind() throws {
      let net = try Neighbors()
      defer { net.lab.destroy() }
      try net.ours.install(Self.session)
      let bfdd = try net.baton.startBFD(on: net.ours)
      try net.wait("bfdd answers") { try net.baton.sessions(on: net.ours).count == 1 }
      let reload = { try net.ours.run([net.baton.path("bfdctl"), "reload"]) }
      _ = try reload()
      let before = try residentKilobytes(bfdd.pid)
      let comment = "# " + String(repeating: "comment ", count: 12) + "\n"
      try net.ours.install(Self.session + String(repeating: comment, count: 100_000))
      // The first large block that is freed tells the C library how large blocks may be; the second shows what it kept.
      for _ in 1...2 { _ = try reload() }
      try net.ours.install(Self.session)
      _ = try reload()
      let after = try residentKilobytes(bfdd.pid)
      #expect(after - before < 6_000, "from \(before) kB to \(after) kB after a file of 10 MB")
    }

    private func residentKilobytes(_ pid: Int32) throws -> Int {
      let status = try Command.run(["cat", "/proc/\(pid)/status"])
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
      return try #require(Int(line.filter(\.isNumber)))
    }
  }
}
