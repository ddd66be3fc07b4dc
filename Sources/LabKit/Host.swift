public import NetPrimitives

/// A machine of the lab: a network namespace, and for each process started in it a mount namespace in which `/run`,
/// `/etc/keepalived`, `/etc/frr` and `/etc/bird` are the host's own. So daemons run with their customary paths.
public final class Host {
  /// The name within the lab, such as `a`.
  public let name: String
  /// The network namespace, as `ip netns` shows it.
  public let namespace: String
  /// Interfaces, in the order of their making.
  public let interfaces: [Interface]
  /// Daemons that were started, in that order; those that ended are kept, for their logs.
  public private(set) var daemons: [Daemon] = []
  /// What daemons are started by, such as `chrt`; nothing by default.
  var launcher: [String] = []
  private let folder: String

  /// Temporary files go to the host's own folder; a crash of a Swift program is told in few lines.
  private static let environment = [
    "TMPDIR": "/run", "SWIFT_BACKTRACE": "enable=yes,color=no,registers=none,images=none,threads=crashed,cache=no",
  ]
  private static let ownEtc = ["keepalived", "frr", "bird"]

  init(name: String, lab: String, folder: String, interfaces: [Interface]) {
    self.name = name
    self.namespace = "\(lab)-\(name)"
    self.folder = folder
    self.interfaces = interfaces
  }

  /// The name of the switch's port that the interface is plugged into: by its number where its name is too long for both
  /// to fit into the 15 bytes that the kernel allows.
  public func port(_ interface: String) -> String {
    let port = "\(name)-\(interface)"
    guard port.utf8.count > 15, let number = interfaces.firstIndex(where: { $0.name == interface }) else { return port }
    return "\(name)-port\(number)"
  }

  /// A path of the host as seen from outside: `/etc/keepalived/...`, `/run/...`, `/etc/frr/...` and `/etc/bird/...` are
  /// the host's own, every other path is the machine's.
  public func outside(_ path: String) -> String {
    let isOwn = path.hasPrefix("/run/") || Self.ownEtc.contains { path.hasPrefix("/etc/\($0)/") }
    return isOwn ? "\(folder)/root\(path)" : path
  }

  /// The command that runs another as this host.
  public var enter: String { "\(folder)/enter" }

  func prepare() throws(LabError) {
    try Command.run(["ip", "netns", "add", namespace])
    for own in Self.ownEtc { try Files.makeFolder("\(folder)/root/etc/\(own)") }
    try Files.makeFolder("\(folder)/root/run")
    try Files.makeFolder("\(folder)/log")
    try Files.write(Self.enterScript(namespace: namespace, inner: "\(folder)/inside"), to: enter, mode: 0o755)
    try Files.write(Self.insideScript(root: "\(folder)/root"), to: "\(folder)/inside", mode: 0o755)
    // No autoconfiguration: FRR's vrrpd sends router advertisements, and addresses must be usable at once.
    let settings = ["accept_ra=0", "accept_dad=0"].flatMap { setting in
      ["all", "default"].map { "net/ipv6/conf/\($0)/\(setting)" }
    }
    let writes = settings.map { setting in
      let parts = setting.split(separator: "=")
      return "echo \(parts[1]) > /proc/sys/\(parts[0])"
    }
    try run(["sh", "-ec", (["ip link set lo up"] + writes).joined(separator: "; ")])
  }

  private static func enterScript(namespace: String, inner: String) -> String {
    """
    #!/bin/sh
    # Runs a command (default: a shell) as this host of the lab.
    [ $# -gt 0 ] || set -- "${SHELL:-/bin/sh}"
    exec ip netns exec \(namespace) /bin/sh \(inner) "$@"

    """
  }

  /// Runs in the mount namespace that `ip netns exec` makes for each command. Everything ends in `exec`, so that the
  /// process that the lab started is the daemon itself.
  private static func insideScript(root: String) -> String {
    let names = ownEtc.joined(separator: " ")
    return """
      #!/bin/sh
      set -e
      for name in \(names); do
        # A mount needs a place: where the machine lacks one, the folders appear over its /etc, in this namespace only.
        [ -d /etc/$name ] || { mount -t overlay baton-lab -o lowerdir=\(root)/etc:/etc /etc; break; }
      done
      for name in \(names); do mount --bind \(root)/etc/$name /etc/$name; done
      mount --bind \(root)/run /run
      cd /
      exec "$@"

      """
  }

  // MARK: Files

  /// Writes a file of the host; see `outside(_:)` for the paths that are its own.
  public func write(_ text: String, to path: String, mode: Int = 0o644) throws(LabError) {
    try Files.write(text, to: outside(path), mode: mode)
  }

  /// The files of a folder, folders in it included, as files of a host's /etc/keepalived: path to text.
  public static func keepalivedFiles(from folder: String) throws(LabError) -> [String: String] {
    var files: [String: String] = [:]
    for name in Files.namesBelow(folder) { files["/etc/keepalived/\(name)"] = try Files.text(of: "\(folder)/\(name)") }
    return files
  }

  /// The text of a file of the host, or `nil` where it does not exist.
  public func read(_ path: String) -> String? { Files.read(outside(path)) }

  /// Removes a file of the host.
  public func remove(_ path: String) { Files.remove(outside(path)) }

  // MARK: Processes

  /// Runs a command as this host to its end; its output.
  @discardableResult
  public func run(_ command: [String]) throws(LabError) -> String {
    try Command.run(["/bin/sh", enter] + command)
  }

  /// Runs a command as this host to its end; its exit status and output.
  public func status(_ command: [String]) throws(LabError) -> (status: Int32, output: String) {
    try Command.status(["/bin/sh", enter] + command)
  }

  /// Starts a daemon as this host. Its output goes to a log of the lab, one file per start.
  @discardableResult
  public func start(_ label: String, _ command: [String], environment: [String: String] = [:]) throws(LabError)
    -> Daemon
  {
    let count = daemons.count { $0.label == label }
    let log = "\(folder)/log/\(label)" + (count == 0 ? "" : "-\(count + 1)") + ".log"
    let daemon = try Daemon(
      label, host: name, command: ["/bin/sh", enter] + launcher + command, log: log,
      environment: environment.merging(Self.environment) { given, _ in given })
    daemons.append(daemon)
    return daemon
  }

  /// The daemon with this label that was started last.
  public func daemon(_ label: String) -> Daemon? { daemons.last { $0.label == label } }

  /// Throws `.daemonDied`, with the log's end, if a daemon ended although nobody ended it.
  public func checkDaemons() throws(LabError) {
    for daemon in daemons where daemon.endedByItself {
      throw .daemonDied("\(daemon.label) on \(name)", detail: Files.tail(daemon.log, lines: 40))
    }
  }

  func killAll() {
    for daemon in daemons { daemon.kill() }
  }

  /// Whether the address is on an interface now.
  public func has(_ address: IPAddress) throws(LabError) -> Bool {
    let output = try Command.run(["ip", "-n", namespace, "-o", "addr", "show", "to", "\(address)"])
    return !output.isEmpty
  }

  /// The ends of the logs of this host.
  public func logs(lines: Int) -> String {
    Files.names(in: "\(folder)/log").map { file in
      "--- \(name): \(file)\n" + Files.tail("\(folder)/log/\(file)", lines: lines)
    }.joined(separator: "\n")
  }
}
