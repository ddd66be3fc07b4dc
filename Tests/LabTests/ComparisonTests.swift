import LabKit
import Testing

extension LabTests {
  /// Files in the manner of those that people have, slips included: Baton does with each what keepalived does.
  @Suite struct Comparison {
    @Test func theSameFileDoesTheSame() throws {
      let files = try Command.run(["find", LabTests.fixtures + "/Comparison", "-name", "*.conf"])
        .split(separator: "\n").map(String.init).sorted()
      #expect(files.count >= 12)
      let (status, output) = try Command.status(
        [LabTests.comparison, "--programs", LabTests.baton().folder, "--jobs", "4"] + files)
      #expect(status == 0, "\(output)")
      // keepalived must have run them all, and have become master, or nothing was compared.
      #expect(
        output.contains("keepalived runs \(files.count) of them, \(files.count) with a master; Baton differs on 0"),
        "\(output)")
    }

    /// The comparison itself finds what is different: here the other program is one that does nothing.
    @Test func aDifferenceIsFound() throws {
      let folder = try Command.run(["mktemp", "-d"]).split(separator: "\n").joined()
      defer { _ = try? Command.status(["rm", "-r", folder]) }
      for program in ["bfdd", "vrrpd"] {
        let path = "\(folder)/\(program)"
        try Command.run(["sh", "-c", "printf '#!/bin/sh\\nexec sleep 60\\n' >\(path); chmod +x \(path)"])
      }
      let file = LabTests.fixtures + "/Comparison/director.conf"
      let (status, output) = try Command.status([LabTests.comparison, "--programs", folder, file])
      #expect(status == 1, "\(output)")
      #expect(output.contains("only keepalived advertises"), "\(output)")
      #expect(output.contains("only keepalived has: address eth0"), "\(output)")
    }
  }
}
