public import ControlInterface
public import LinuxIO
internal import NetPrimitives
internal import Synchronization
internal import Varlink

/// Reads a configuration for a daemon without applying it, beside its event loop: for a plan of what a reload would do.
public final class ConfigurationTrial {
  private typealias Trial = (
    path: String, answer: (ConfigurationReading) -> DeferredReply.Outcome, reply: DeferredReply
  )

  /// Which file the thread reads.
  private final class Subject: Sendable {
    let path = Mutex("")
  }

  private let subject = Subject()
  private var work: BackgroundWork<ConfigurationReading>?
  /// Who waits, the one whose file is being read first.
  private var waiting: [Trial] = []
  /// More than anybody needs, and no burden for the daemon.
  private static let limit = 8

  /// Readings for `program` on `loop`, with the identifier and the strictness of `arguments`.
  public init(_ arguments: DaemonArguments, for program: DaemonArguments.Program, loop: EventLoop) throws(SystemError) {
    let (identifier, isStrict) = (arguments.identifier, arguments.isStrict)
    let subject = subject
    work = try BackgroundWork(
      loop: loop,
      work: {
        ConfigurationReading(subject.path.withLock { $0 }, identifier: identifier, for: program, isStrict: isStrict)
      }
    ) { [weak self] result in
      switch result {
      case .success(let reading): self?.finished(reading)
      case .failure(let error): self?.finished(ConfigurationReading(refusal: ConfigurationRefusal("\(error)")))
      }
    }
  }

  /// Asks for a reading of the file at `path`; `answer` makes the reply of it, on the loop.
  public func request(
    _ path: String, _ answer: @escaping (ConfigurationReading) -> DeferredReply.Outcome
  ) -> DeferredReply {
    let reply = DeferredReply()
    guard waiting.count < Self.limit else {
      reply.complete(.failure(VarlinkError(name: "dev.baton.Busy", parameters: [:])))
      return reply
    }
    waiting.append((path, answer, reply))
    if waiting.count == 1 { start() }
    return reply
  }

  private func start() {
    guard let next = waiting.first else { return }
    subject.path.withLock { $0 = next.path }
    work?.start()
  }

  private func finished(_ reading: ConfigurationReading) {
    guard !waiting.isEmpty else { return }
    let trial = waiting.removeFirst()
    trial.reply.complete(trial.answer(reading))
    start()
  }
}
