public import ControlInterface
public import LinuxIO
public import Varlink

/// Reads a daemon's configuration again, beside its event loop, and lets the daemon apply it on the loop.
///
/// A request during a reading gets a reading of its own, which later ones share: the file may have changed since the
/// one that runs has seen it.
public final class ConfigurationReload {
  private var work: BackgroundWork<ConfigurationReading>?
  /// Called on the loop with each reading; returns why it was refused, `nil` where the daemon uses it now.
  public var apply: (ConfigurationReading) -> VarlinkError? = { _ in nil }
  /// Who waits for the reading that runs, and for the one after it.
  private var waiting: [DeferredReply] = []
  private var waitingForNext: [DeferredReply] = []

  /// Readings of the file that `arguments` name, which `program` on `loop` applies.
  public init(_ arguments: DaemonArguments, for program: DaemonArguments.Program, loop: EventLoop) throws(SystemError) {
    let (path, identifier) = (arguments.configurationPath, arguments.identifier)
    work = try BackgroundWork(
      loop: loop, work: { ConfigurationReading(path, identifier: identifier, for: program) }
    ) { [weak self] result in
      switch result {
      case .success(let reading): self?.finished(reading)
      case .failure(let error): self?.finished(ConfigurationReading(refusal: ConfigurationRefusal("\(path): \(error)")))
      }
    }
  }

  /// Asks for a reading. The reply is given when it was applied or refused.
  public func request() -> DeferredReply {
    let reply = DeferredReply()
    if work?.isRunning == true { waitingForNext.append(reply) } else { waiting.append(reply) }
    work?.start()
    return reply
  }

  private func finished(_ reading: ConfigurationReading) {
    let replies = waiting
    waiting = waitingForNext
    waitingForNext = []
    let refusal = apply(reading)
    for reply in replies { reply.complete(refusal.map { .failure($0) } ?? .success(NoParameters())) }
  }
}
