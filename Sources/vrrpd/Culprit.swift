import LinuxIO

/// Who sent a netlink message, for the log: the kernel, or a process with its name where that can be found out.
struct Culprit: CustomStringConvertible {
  let port: UInt32

  var description: String {
    guard port != 0 else { return "the kernel" }
    // A port is a process's number unless it has several; libnl keeps the number in the lower 22 bits then.
    for pid in [port, port & 0x3F_FFFF] {
      if let name = Self.name(of: pid) { return "process \(pid) (\(name))" }
    }
    return port <= 0x3F_FFFF ? "process \(port)" : "the program with netlink port \(port)"
  }

  private static func name(of pid: UInt32) -> String? {
    guard let bytes = try? FileSystem.read("/proc/\(pid)/comm", limit: 64) else { return nil }
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }
}
