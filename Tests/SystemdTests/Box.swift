import LabKit
import LinuxIO
import NetPrimitives

/// A machine with systemd as PID 1: a container over an overlay of this machine's root, or of another system's, in a network
/// namespace of the lab.
///
/// Everything that is installed there is in the box, with the same paths; what the box writes stays in the box. /run and
/// /tmp are its own.
final class Box {
  /// Where boxes keep their files.
  private static let folder = "/run/baton-box"

  /// The name of the box and of its folder.
  let name: String
  /// The root of the box as seen from outside.
  let root: String
  private let folder: String
  private let program: Daemon
  private let leader: Int32
  private var isStopped = false

  /// Boots a box in the namespace of `host`. `prepare` gets the root before anything runs in it. Capabilities in `without`
  /// are refused to the whole box.
  init(
    _ host: Host, over base: String = "/", without: [String] = [], prepare: (String) throws(LabError) -> Void = { _ in }
  ) throws(LabError) {
    name = host.namespace
    folder = "\(Self.folder)/\(name)"
    root = "\(folder)/t/root"
    try Command.run(["/bin/sh", "-euc", Self.makeRoot, "sh", folder, name, base])
    do throws(LabError) {
      try prepare(root)
      program = try Self.boot(name: name, folder: folder, namespace: host.namespace, without: without)
    } catch {
      _ = try? Command.run(["/bin/sh", "-uc", Self.removeRoot, "sh", folder, name])
      throw error
    }
    do throws(LabError) {
      leader = try Self.awaitLeader(of: program, folder: folder)
    } catch {
      program.kill()
      _ = try? Command.run(["/bin/sh", "-uc", Self.removeRoot, "sh", folder, name])
      throw error
    }
  }

  deinit { kill() }

  // MARK: Inside

  /// Runs a command in the box to its end; its output, both streams.
  @discardableResult
  func run(_ command: String...) throws(LabError) -> String { try Command.run(enter + command) }

  /// Runs a command in the box to its end; its exit status and output.
  func status(_ command: String...) throws(LabError) -> (status: Int32, output: String) { try status(command) }

  /// Runs a command in the box to its end; its exit status and output.
  func status(_ command: [String]) throws(LabError) -> (status: Int32, output: String) {
    try Command.status(enter + command)
  }

  /// Runs a shell script in the box to its end; its output.
  @discardableResult
  func shell(_ script: String) throws(LabError) -> String { try Command.run(enter + ["/bin/sh", "-euc", script]) }

  /// Writes a file of the box.
  func write(_ text: String, to path: String, mode: String = "644") throws(LabError) {
    try shell(
      """
      mkdir -p "$(dirname '\(path)')"
      cat > '\(path)' <<'END-OF-FILE'
      \(text)
      END-OF-FILE
      chmod \(mode) '\(path)'
      """)
  }

  /// A property of a unit, as `systemctl show` prints it.
  func property(_ name: String, of unit: String) throws(LabError) -> String {
    try run("systemctl", "show", "--value", "-p", name, unit).trimmed
  }

  /// The process id of a unit's main process.
  func mainPID(of unit: String) throws(LabError) -> Int { Int(try property("MainPID", of: unit)) ?? 0 }

  /// Waits until a unit's `ActiveState` is `state`.
  func await(_ unit: String, is state: String) throws(LabError) {
    try Wait.until("\(unit) is \(state)", detail: { self.journal() }) { () throws(LabError) -> Bool? in
      try property("ActiveState", of: unit) == state ? true : nil
    }
  }

  /// Waits until a shell script in the box ends with status 0.
  func await(_ what: String, _ script: String, within interval: Interval = .seconds(20)) throws(LabError) {
    try Wait.until(what, within: interval, detail: { self.journal() }) { () throws(LabError) -> Bool? in
      try status("/bin/sh", "-uc", script).status == 0 ? true : nil
    }
  }

  /// What the journal says about Baton's units, for an error message.
  func journal(lines: Int = 40) -> String {
    let output = try? run(
      "journalctl", "--no-pager", "-q", "-n", "\(lines)", "-u", "bfdd", "-u", "vrrpd", "-u", "vrrpd-scripts@*")
    return output ?? "(no journal)"
  }

  /// The files and links below /etc, /usr and /lib that the box has and the machine under it has not, or not so.
  func ownFiles() throws(LabError) -> Set<String> {
    let script = "cd \"$1/t/up\"; for d in etc usr lib; do [ ! -d $d ] || find $d -type f -o -type l; done"
    let output = try Command.run(["/bin/sh", "-euc", script, "sh", folder])
    return Set(output.split(separator: "\n").map { "/\($0)" })
  }

  private var enter: [String] {
    ["nsenter", "-t", "\(leader)", "-a", "--", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=dumb"]
  }

  // MARK: The end

  /// Powers the box off as an administrator does, and removes it.
  func powerOff() throws(LabError) {
    guard !isStopped else { return }
    // SIGRTMIN+4 is systemd's "power off", with all units stopped in order.
    try Command.run(["/bin/sh", "-c", "kill -38 \(leader)"])
    try Wait.until("\(name) powers off", within: .seconds(60)) { program.exitStatus }
    remove()
  }

  /// Ends the box as a power cut does, and removes it.
  func kill() {
    guard !isStopped else { return }
    // The init of a pid namespace takes everything in it along.
    try? ProcessControl.send(.kill, to: leader)
    program.kill()
    remove()
  }

  private func remove() {
    isStopped = true
    _ = try? Command.run(["/bin/sh", "-uc", Self.removeRoot, "sh", folder, name])
  }

  // MARK: Booting

  private static func boot(
    name: String, folder: String, namespace: String, without: [String]
  ) throws(LabError) -> Daemon {
    let granted = ["CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYS_NICE", "CAP_IPC_LOCK"].filter { !without.contains($0) }
    let dropped = without.isEmpty ? "" : "--drop-capability=\(without.joined(separator: ","))"
    // Two boxes in one cgroup would take each other's services for their own.
    let script = """
      for h in systemd unified; do
        [ -d /sys/fs/cgroup/$h ] || continue
        mkdir -p /sys/fs/cgroup/$h/$1
        echo $$ > /sys/fs/cgroup/$h/$1/cgroup.procs
      done
      exec env SYSTEMD_NSPAWN_API_VFS_WRITABLE=network systemd-nspawn -q --register=no --keep-unit --console=pipe \
        -D $2/t/root -M $1 --network-namespace-path=/run/netns/$3 \
        --capability=\(granted.joined(separator: ",")) \(dropped) \
        --boot systemd.unit=multi-user.target systemd.log_target=journal systemd.journald.forward_to_console=0
      """
    return try Daemon(
      "systemd-nspawn", host: name, command: ["/bin/sh", "-euc", script, "sh", name, folder, namespace],
      log: "\(folder)/console.log")
  }

  private static func awaitLeader(of program: Daemon, folder: String) throws(LabError) -> Int32 {
    let console = "\(folder)/console.log"
    return try Wait.until(
      "systemd runs in the box", detail: { (try? Command.run(["cat", console])) ?? "" }
    ) { () throws(LabError) -> Int32? in
      guard program.isRunning else {
        throw .daemonDied("systemd-nspawn", detail: try Command.run(["cat", console]))
      }
      let children = try Command.status(["/bin/sh", "-c", "cat /proc/\(program.pid)/task/*/children"]).output
      guard let leader = children.split(whereSeparator: \.isWhitespace).first.flatMap({ Int32($0) }) else { return nil }
      let state = try Command.status(["nsenter", "-t", "\(leader)", "-a", "--", "systemctl", "is-system-running"])
      return ["running", "degraded"].contains(state.output.trimmed) ? leader : nil
    }
  }

  /// An overlay of a system in which nothing is enabled and nothing is remembered. $1 folder, $2 name, $3 the system.
  private static let makeRoot = """
    # Boxes of test runs that were killed: their names are baton-PID-NUMBER-HOST.
    for old in "${1%/*}"/baton-*; do
      pid=${old##*/baton-}
      [ -d "$old" ] && ! kill -0 "${pid%%-*}" 2>/dev/null || continue
      umount -l "$old/t/root" "$old/t" || true
      rm -rf --one-file-system "$old"
    done
    mkdir -p "$1/t"
    mount -t tmpfs -o mode=755 baton-box "$1/t"
    mkdir "$1/t/up" "$1/t/wk" "$1/t/root"
    mount -t overlay -o "lowerdir=$3,upperdir=$1/t/up,workdir=$1/t/wk" baton-box "$1/t/root"
    r=$1/t/root
    rm -rf "$r"/etc/systemd/system/*.wants "$r"/etc/systemd/system/dbus-org.* "$r"/var/log/journal
    rm -rf "$r"/etc/keepalived "$r"/usr/sbin/policy-rc.d
    mkdir -p "$r"/etc/systemd/system "$r"/etc/keepalived
    : > "$r"/etc/fstab
    : > "$r"/etc/machine-id
    echo "$2" > "$r"/etc/hostname
    """

  /// Undoes `makeRoot` and removes the cgroups. $1 folder, $2 name.
  private static let removeRoot = """
    umount "$1/t/root" || umount -l "$1/t/root"
    umount "$1/t" || umount -l "$1/t"
    for h in systemd unified; do
      [ ! -d /sys/fs/cgroup/$h/$2 ] || find /sys/fs/cgroup/$h/$2 -depth -type d -exec rmdir {} \\; 2>/dev/null
    done
    rm -f "$1/console.log"
    rmdir "$1/t" "$1"
    """
}

extension String {
  /// Without the blanks and line ends around it.
  var trimmed: String {
    var text = Substring(self)
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text.drop(while: \.isWhitespace))
  }
}
