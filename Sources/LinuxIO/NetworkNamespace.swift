internal import CLinux
internal import Glibc

/// A network namespace. Entering one concerns the calling thread and what it creates from then on.
public final class NetworkNamespace {
  private let descriptor: FileDescriptor

  /// The namespace of the file `path`, such as `/run/netns/blue` or `/proc/PID/ns/net`.
  public init(path: String) throws(SystemError) {
    descriptor = FileDescriptor(owning: try check("open") { unsafe open(path, O_RDONLY | O_CLOEXEC) })
  }

  /// The calling thread's namespace.
  public static func current() throws(SystemError) -> NetworkNamespace {
    try NetworkNamespace(path: "/proc/thread-self/ns/net")
  }

  /// Moves the calling thread into this namespace. Needs CAP_SYS_ADMIN.
  public func enter() throws(SystemError) {
    // An optimised build may otherwise close the descriptor before the call.
    _ = try withExtendedLifetime(self) { () throws(SystemError) in
      try check("setns") { baton_set_network_namespace(descriptor.rawValue) }
    }
  }

  /// Moves the calling thread into a new, empty namespace, which vanishes with its last user. Needs CAP_SYS_ADMIN.
  public static func enterNew() throws(SystemError) {
    try check("unshare") { baton_unshare_network() }
  }
}
