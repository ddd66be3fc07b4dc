internal import NetPrimitives

/// The daemons that Baton is compared and connected with, as Debian has them, started by hand in a host of the lab: no
/// service of the machine is started, stopped or spoken to.
public enum Peer: String, Sendable, CaseIterable {
  /// keepalived, BFD and VRRP.
  case keepalived
  /// FRR's bfdd.
  case frrBFD
  /// FRR's vrrpd.
  case frrVRRP
  /// BIRD, BFD only.
  case bird

  /// The Debian package.
  public var package: String {
    switch self {
    case .keepalived: "keepalived"
    case .frrBFD, .frrVRRP: "frr"
    case .bird: "bird2"
    }
  }
}

extension Host {
  /// Starts keepalived's VRRP and BFD on the host's /etc/keepalived/keepalived.conf, its log on its output. Its LVS part
  /// is left out: a kernel without IPVS would end it all. The log tells more with `isDetailed`, which costs time.
  @discardableResult
  public func startKeepalived(isDetailed: Bool = true) throws(LabError) -> Daemon {
    let keepalived = try Command.find("keepalived", package: "keepalived")
    // A killed one leaves them behind, and a new one may take whoever has its number now for it.
    for name in ["keepalived", "bfd", "vrrp"] { remove("/run/\(name).pid") }
    return try start(
      "keepalived", [keepalived, "--dont-fork", "--log-console", "--vrrp"] + (isDetailed ? ["--log-detail"] : []))
  }

  /// Starts zebra and one of FRR's daemons with `configuration` and waits until both can be spoken to.
  @discardableResult
  public func startFRR(_ name: String, configuration: String) throws(LabError) -> Daemon {
    // Not by PATH: FRR's bfdd and vrrpd have the names of ours.
    for daemon in ["zebra", name] where !Files.isProgram("/usr/lib/frr/\(daemon)") {
      throw .missingProgram("/usr/lib/frr/\(daemon)", package: "frr")
    }
    try write(configuration, to: "/etc/frr/frr.conf")
    try run(["sh", "-c", "mkdir -p /run/frr && chown -R frr:frr /run/frr /etc/frr"])
    // One zebra serves whatever is started later.
    if daemon("frr-zebra")?.isRunning != true { try startFRRDaemon("zebra") }
    return try startFRRDaemon(name, name == "bfdd" ? ["--bfdctl", "/run/frr/bfdd.sock"] : [])
  }

  @discardableResult
  private func startFRRDaemon(_ name: String, _ options: [String] = []) throws(LabError) -> Daemon {
    // A killed daemon leaves its socket behind.
    remove("/run/frr/\(name).vty")
    let started = try start(
      "frr-\(name)",
      [
        "/usr/lib/frr/\(name)", "-A", "127.0.0.1", "-P", "0", "-z", "/run/frr/zserv.api", "--vty_socket", "/run/frr",
        "-i", "/run/frr/\(name).pid", "-f", "/etc/frr/frr.conf", "--log", "stdout",
      ] + options)
    try waitForSocket("/run/frr/\(name).vty")
    return started
  }

  /// Asks FRR's daemons on this host.
  public func askFRR(_ command: String) throws(LabError) -> String {
    try run([Command.find("vtysh", package: "frr"), "--vty_socket", "/run/frr", "-c", command])
  }

  /// Starts BIRD with `configuration` and waits until it can be spoken to.
  @discardableResult
  public func startBIRD(configuration: String) throws(LabError) -> Daemon {
    let bird = try Command.find("bird", package: "bird2")
    try write(configuration, to: "/etc/bird/bird.conf")
    let daemon = try start("bird", [bird, "-f", "-c", "/etc/bird/bird.conf", "-s", "/run/bird.ctl"])
    try waitForSocket("/run/bird.ctl")
    return daemon
  }

  /// Asks BIRD on this host.
  public func askBIRD(_ command: String) throws(LabError) -> String {
    try run(
      [Command.find("birdc", package: "bird2"), "-s", "/run/bird.ctl"] + command.split(separator: " ").map(String.init))
  }

  private func waitForSocket(_ path: String) throws(LabError) {
    try Wait.until("\(path) on \(name)", within: .seconds(10), detail: { logs(lines: 10) }) { () throws(LabError) in
      try checkDaemons()
      return Files.exists(outside(path)) ? true : nil
    }
  }
}
