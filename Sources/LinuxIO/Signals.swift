internal import CLinux
internal import Glibc

/// The signals that this project handles or sends.
public enum Signal: Int32, Hashable, Sendable, CaseIterable {
  /// SIGHUP: reload.
  case hangUp = 1
  /// SIGINT.
  case interrupt = 2
  /// SIGKILL; can be sent, not received.
  case kill = 9
  /// SIGUSR1.
  case user1 = 10
  /// SIGUSR2.
  case user2 = 12
  /// SIGTERM.
  case terminate = 15
  /// SIGCHLD.
  case child = 17
  /// SIGRTMIN + 2, by which keepalived is asked for a JSON dump.
  case keepalivedJSON = 36
  /// SIGRTMAX - 1, by which keepalived is told to clear its statistics.
  case keepalivedClear = 63
  /// SIGRTMAX, by which keepalived is asked for a dump of its threads.
  case keepalivedThreads = 64
  /// SIGCONT.
  case resume = 18
  /// SIGSTOP; can be sent, not received.
  case stop = 19
}

/// Signals as events on a descriptor, instead of interruptions.
public final class SignalReceiver {
  /// For `EventLoop.watch`.
  public let descriptor: FileDescriptor

  /// Blocks `signals` for the calling thread and collects them. In the daemons, which have one thread, that is for all.
  /// Programs started by `ChildProcess` have nothing blocked.
  public init(_ signals: [Signal]) throws(SystemError) {
    let numbers = signals.map(\.rawValue)
    try check("pthread_sigmask") { unsafe baton_block_signals(numbers, UInt32(numbers.count)) }
    descriptor = FileDescriptor(
      owning: try check("signalfd") { unsafe baton_signalfd(numbers, UInt32(numbers.count)) })
  }

  /// The next pending signal; `nil` where there is none.
  public func next() throws(SystemError) -> Signal? {
    var information = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    guard try attempt("read", { unsafe read(descriptor.rawValue, &information, size) }) == size else { return nil }
    return Signal(rawValue: Int32(bitPattern: information.ssi_signo))
  }

  /// Ignores SIGPIPE in this process: a write to a closed pipe is an error (`brokenPipe`) and nothing more.
  public static func ignoreBrokenPipe() {
    _ = signal(SIGPIPE, SIG_IGN)
  }
}
