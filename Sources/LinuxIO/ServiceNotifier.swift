internal import CLinux
internal import Glibc
internal import NetPrimitives

/// Tells the service manager how the daemon is: the sd_notify protocol, a datagram of `NAME=value` lines.
///
/// Nothing here waits or fails: a message that cannot be delivered is dropped, for the daemon must run without a manager.
public final class ServiceNotifier {
  private let descriptor: FileDescriptor?
  private let path: String

  /// Talks to the socket that `$NOTIFY_SOCKET` names: a path, or `@` and an abstract name. Without it, to nobody.
  public convenience init() {
    self.init(socket: FileSystem.environment("NOTIFY_SOCKET") ?? "")
  }

  /// Talks to the socket `name`, in the form of `$NOTIFY_SOCKET`; to nobody where it is empty.
  public init(socket name: String) {
    path = name.hasPrefix("@") ? "\0" + name.dropFirst() : name
    let type = baton_SOCK_DGRAM
    descriptor = name.isEmpty ? nil : try? Socket(domain: AF_UNIX, type: type, protocol: 0).descriptor
  }

  /// Whether there is a service manager to talk to.
  public var isActive: Bool { descriptor != nil }

  /// READY=1: started, or reloaded.
  public func ready(status: String? = nil) { send(["READY=1"] + Self.statusLine(status)) }
  /// RELOADING=1, with the time stamp that the manager wants.
  public func reloading() {
    send(["RELOADING=1", "MONOTONIC_USEC=\(MonotonicClock.now().nanoseconds / 1_000)"])
  }
  /// STOPPING=1.
  public func stopping(status: String? = nil) { send(["STOPPING=1"] + Self.statusLine(status)) }
  /// STATUS=: one line for people to read.
  public func status(_ text: String) { send(Self.statusLine(text)) }
  /// WATCHDOG=1: alive.
  public func watchdog() { send(["WATCHDOG=1"]) }

  /// Reports life now and from turns of `loop`, twice in the time that the manager allows (`WATCHDOG_USEC`); never where
  /// it does not watch.
  public func startWatchdog(on loop: EventLoop) {
    guard let text = FileSystem.environment("WATCHDOG_USEC"), let limit = Int64(text), limit > 0 else { return }
    reportLife(on: loop, every: .microseconds(limit / 2))
  }

  private func reportLife(on loop: EventLoop, every interval: Interval) {
    watchdog()
    loop.startTimer(at: MonotonicClock.now() + interval) { [weak self, unowned loop] in
      self?.reportLife(on: loop, every: interval)
    }
  }

  private static func statusLine(_ text: String?) -> [String] {
    // A line break would start another field.
    text.map { ["STATUS=" + String($0.map { $0.isNewline ? " " : $0 })] } ?? []
  }

  private func send(_ lines: [String]) {
    guard let descriptor else { return }
    let message = Array(lines.joined(separator: "\n").utf8)
    _ = unsafe baton_unix_send(descriptor.rawValue, message, message.count, path, path.utf8.count)
  }
}
