internal import FoundationEssentials

/// Baton's own programs: where they are, and how they run on a host.
public struct Baton: Sendable, Hashable {
  /// The folder with `bfdd`, `vrrpd`, `bfdctl`, `vrrpctl`.
  public let folder: String

  /// Programs in `folder`; throws `.missingProgram` where a daemon is not there.
  public init(folder: String) throws(LabError) {
    self.folder = folder
    for daemon in ["bfdd", "vrrpd"] where !Files.isProgram("\(folder)/\(daemon)") {
      throw .file(
        "\(folder)/\(daemon)", reason: "not found (build Baton first: make build; or name the folder by --bin)")
    }
  }

  /// The folder in the environment variable BATON_BIN, else that of the running program.
  public static var defaultFolder: String {
    if let folder = ProcessInfo.processInfo.environment["BATON_BIN"], !folder.isEmpty { return folder }
    let own = Files.ownProgram
    return String(own[..<(own.lastIndex(of: "/") ?? own.endIndex)])
  }

  /// The path of one of the programs.
  public func path(_ program: String) -> String { "\(folder)/\(program)" }

  /// Starts `bfdd` on a host, on the host's /etc/keepalived/keepalived.conf.
  @discardableResult
  public func startBFD(on host: Host) throws(LabError) -> Daemon {
    try host.start("bfdd", [path("bfdd")])
  }

  /// Starts `vrrpd` on a host, on the host's /etc/keepalived/keepalived.conf.
  @discardableResult
  public func startVRRP(on host: Host) throws(LabError) -> Daemon {
    try host.start("vrrpd", [path("vrrpd")])
  }
}
