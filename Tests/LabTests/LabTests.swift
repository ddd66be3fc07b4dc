import LabKit
import Testing

/// Real daemons, real peers, a real kernel: routers in network namespaces, judged by what the wire and the operator's
/// tools show. Needs root and the peers' packages; where they are missing the tests fail and say so.
///
/// One at a time: the machine's two cores are for the daemons of one lab. No test asserts an absolute time; deadlines
/// only end what hangs.
@Suite(.serialized) struct LabTests {
  /// The programs under test: the folder in BATON_BIN (`make test` names its release build).
  static func baton() throws -> Baton { try Baton(folder: Baton.defaultFolder) }

  /// The script that runs a file with keepalived and with Baton.
  static var comparison: String { #filePath.dropping(lastComponents: 2) + "/Comparison/compare-with-keepalived" }

  /// The folder of our configurations.
  static var fixtures: String { #filePath.dropping(lastComponents: 1) + "/Fixtures" }
}

extension String {
  func dropping(lastComponents count: Int) -> String {
    split(separator: "/").dropLast(count).reduce(into: "") { $0 += "/" + $1 }
  }

  /// How often `part` occurs.
  func count(of part: String) -> Int {
    indices.count { self[$0...].hasPrefix(part) }
  }
}
