internal import CLinux
internal import Glibc

/// A sign in the network namespace that a program runs there: an abstract Unix socket that takes nothing. It ends with
/// the process, in whatever way that ends.
public final class NamespaceSign {
  private let descriptor: FileDescriptor
  private let name: String
  private let prefix: String

  /// Puts up a sign of `program` in the calling thread's network namespace. `addressInUse` where a process of the same
  /// number, in another process namespace, has put up one already.
  public init(_ program: String) throws(SystemError) {
    prefix = "baton:\(program):"
    name = prefix + "\(getpid())"
    let socket = try Socket(domain: AF_UNIX, type: baton_SOCK_DGRAM, protocol: 0)
    descriptor = socket.descriptor
    try socket.bind(path: "\0" + name)
  }

  /// Whether no other process shows a sign of the same program here. `false` where that cannot be found out.
  ///
  /// Of two that start at once each sees the other, for the sign is put up before one looks.
  public var isAlone: Bool {
    guard let bytes = try? FileSystem.read("/proc/net/unix", limit: 16 << 20) else { return false }
    // The last column is the name, an @ in front where it is abstract.
    let text = String(decoding: bytes, as: UTF8.self)
    let names: [Substring] = text.split(separator: "\n").compactMap { line in
      line.lastIndex(of: "@").map { line[line.index(after: $0)...] }
    }
    return names.contains { $0 == name } && !names.contains { $0.hasPrefix(prefix) && $0 != name }
  }
}
