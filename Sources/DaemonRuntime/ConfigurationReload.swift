public import ControlInterface
public import LinuxIO
public import Varlink

/// Reads a daemon's configuration again, beside its event loop, and lets the daemon apply it on the loop.
///
/// A request during a reading gets a reading of its own, which later ones share: the file may have changed since the
/// one that runs has seen it.
public final class ConfigurationReload {
  private var work: BackgroundWork<ConfigurationReading>?
  /// Called on the loop with each reading, and whether somebody forces it; returns why it was refused, `nil` where the
  /// daemon uses it now.
  public var apply: (ConfigurationReading, Bool) -> VarlinkError? = { _, _ in nil }
  /// Who waits for the reading that runs, and for the one after it.
  private var waiting: [DeferredReply] = []
  private var waitingForNext: [DeferredReply] = []
  /// Whether one of those who wait forces what it asks for.
  private var isForced = false
  private var isNextForced = false

  /// Readings of the file that `arguments` name, which `program` on `loop` applies.
  public init(_ arguments: DaemonArguments, for program: DaemonArguments.Program, loop: EventLoop) throws(SystemError) {
    let (path, identifier, isStrict) = (arguments.configurationPath, arguments.identifier, arguments.isStrict)
    work = try BackgroundWork(
      loop: loop, work: { ConfigurationReading(path, identifier: identifier, for: program, isStrict: isStrict) }
    ) { [weak self] result in
      switch result {
      case .success(let reading): self?.finished(reading)
      case .failure(let error): self?.finished(ConfigurationReading(refusal: ConfigurationRefusal("\(path): \(error)")))
      }
    }
  }

  /// Asks for a reading; a forced one is applied wherever a start would take it. The reply is given when it was applied
  /// or refused.
  public func request(isForced: Bool) -> DeferredReply {
    let reply = DeferredReply()
    if work?.isRunning == true {
      waitingForNext.append(reply)
      isNextForced = isNextForced || isForced
    } else {
      waiting.append(reply)
      self.isForced = self.isForced || isForced
    }
    work?.start()
    return reply
  }

  private func finished(_ reading: ConfigurationReading) {
    let replies = waiting
    waiting = waitingForNext
    waitingForNext = []
    let refusal = apply(reading, isForced)
    isForced = isNextForced
    isNextForced = false
    for reply in replies { reply.complete(refusal.map { .failure($0) } ?? .success(NoParameters())) }
  }
}
