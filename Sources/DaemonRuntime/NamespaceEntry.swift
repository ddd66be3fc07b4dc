internal import LinuxIO

/// Why a daemon cannot run in the network namespace that `net_namespace` names.
struct NamespaceProblem: Error, CustomStringConvertible {
  let name: String
  let reason: SystemError

  var description: String {
    "net_namespace \(name): \(reason)"
      + (reason.code == .notPermitted
        ? "; without CAP_SYS_ADMIN start the daemon there: NetworkNamespacePath=/run/netns/\(name) in its unit" : "")
  }
}

/// `net_namespace`: the whole daemon, with what it starts, lives in that namespace. Files and control sockets stay where they
/// are.
enum NamespaceEntry {
  /// Enters the namespace that ip-netns(8) calls `name`, if the process is not there already.
  static func enter(_ name: String) throws(NamespaceProblem) {
    do throws(SystemError) {
      let path = "/run/netns/\(name)"
      if let wanted = try FileSystem.status(path), let present = try FileSystem.status("/proc/self/ns/net"),
        wanted.device == present.device, wanted.inode == present.inode
      {
        return
      }
      try NetworkNamespace(path: path).enter()
    } catch {
      throw NamespaceProblem(name: name, reason: error)
    }
  }
}
