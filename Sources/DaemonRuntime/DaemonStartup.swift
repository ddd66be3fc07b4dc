public import ControlInterface
internal import KeepalivedConfig
public import LinuxIO
public import Logging
internal import Varlink

/// From a daemon's command line to its exit status: what both daemons do in the same way.
public enum DaemonStartup {
  /// Does what the command line (without the program's name) asks for, and runs the daemon with `serve` where that is
  /// to run; it returns when the daemon has stopped. The exit status.
  public static func run(
    _ program: DaemonArguments.Program, _ commandLine: some Sequence<String>, serve: (DaemonContext) throws -> Void
  ) -> Int32 {
    do throws(SystemError) {
      try FileDescriptor.occupyStandardNumbers()
    } catch {
      return DaemonExit.cannotRun
    }
    do throws(DaemonArguments.Problem) {
      let arguments = try DaemonArguments(commandLine, for: program)
      switch arguments.action {
      case .showHelp: try? Terminal.show(DaemonArguments.usage(of: program))
      case .showVersion: Terminal.say("\(program.name) \(DaemonArguments.version)")
      case .checkConfiguration: return Configuration.check(arguments, for: program)
      case .run: return run(program, arguments, serve)
      }
      return 0
    } catch {
      Terminal.complain("\(program.name): \(error); \(program.name) --help tells more")
      return DaemonExit.cannotRun
    }
  }

  private static func run(
    _ program: DaemonArguments.Program, _ arguments: DaemonArguments, _ serve: (DaemonContext) throws -> Void
  ) -> Int32 {
    let sink = LogSink.standard()
    let level = arguments.logLevel.loggerLevel
    let logger = Logger(label: program.name) { SinkLogHandler(sink, identifier: $0, level: level) }
    defer { sink.flush() }
    ResourceLimits.check(logger: logger)
    ProcessControl.returnLargeBlocks()
    do {
      // Before the first key is read.
      try ProcessControl.setDumpable(arguments.allowsCoreDumps)
      let reading = ConfigurationReading(
        arguments.configurationPath, identifier: arguments.identifier, for: program, isStrict: arguments.isStrict)
      let configuration = try reading.accepted(logger: logger)
      if let name = configuration.configuration.global.networkNamespace { try NamespaceEntry.enter(name) }
      SignalReceiver.ignoreBrokenPipe()
      let signals = try SignalReceiver([
        .terminate, .interrupt, .hangUp, .user1, .user2, .keepalivedJSON, .keepalivedClear, .keepalivedThreads,
      ])
      let loop = try EventLoop()
      sink.attach(to: loop)
      try serve(
        DaemonContext(
          program: program, arguments: arguments, configuration: configuration, users: reading.users,
          loop: loop, logger: logger, sink: sink, signals: signals))
      return 0
    } catch {
      logger.critical("\(error)")
      return error is ConfigurationRefusal ? DaemonExit.configurationErrors : DaemonExit.cannotRun
    }
  }
}

/// What a daemon starts with.
public struct DaemonContext {
  /// The daemon's name and what differs between the two.
  public let program: DaemonArguments.Program
  /// The command line.
  public let arguments: DaemonArguments
  /// The configuration to start with.
  public let configuration: AcceptedConfiguration
  /// The users that it names.
  public let users: SystemUsers
  /// The event loop, which does not run yet.
  public let loop: EventLoop
  /// Where events are logged.
  public let logger: Logger
  fileprivate let sink: LogSink
  fileprivate let signals: SignalReceiver

  fileprivate init(
    program: DaemonArguments.Program, arguments: DaemonArguments, configuration: AcceptedConfiguration,
    users: SystemUsers,
    loop: EventLoop, logger: Logger, sink: LogSink, signals: SignalReceiver
  ) {
    self.program = program
    self.arguments = arguments
    self.configuration = configuration
    self.users = users
    self.loop = loop
    self.logger = logger
    self.sink = sink
    self.signals = signals
  }

  /// How many log lines were lost so far.
  public var logLinesLost: UInt64 { sink.lost }

  /// Calls `handler` with each SIGTERM, SIGINT and SIGHUP, among the control work of the loop. The signals by which
  /// keepalived writes its state into files are answered with a line in the log that names the tool.
  public func receiveSignals(_ handler: @escaping (Signal) -> Void) throws(SystemError) {
    try loop.watch(signals.descriptor, priority: .control) { [signals, logger, program] _ in
      while let signal = try? signals.next() {
        guard let advice = program.advice(for: signal) else {
          handler(signal)
          continue
        }
        logger.notice("\(advice)")
      }
    }
  }

  /// Opens the daemon's control socket. The other daemon's user, if this system has it, gets places there.
  public func controlServer<Handler: ControlHandler>(for handler: Handler) throws(ControlServerError)
    -> ControlServer<Handler>
  {
    let service = ServiceDescription(
      vendor: "Baton", product: program.name, version: DaemonArguments.version, url: "https://varlink.org",
      interfaces: [Handler.interface])
    return try ControlServer(
      loop: loop, path: arguments.socketPath, handler: handler, service: service, logger: logger,
      partner: Accounts.localUser(named: program.usesBFD ? "bfdd" : "vrrpd"))
  }
}

extension DaemonArguments.Program {
  /// What to use instead of one of keepalived's signals; `nil` for those that mean something here.
  func advice(for signal: Signal) -> String? {
    let tool = usesBFD ? "vrrpctl" : "bfdctl"
    switch signal {
    case .user1: return "SIGUSR1: no file is written; the state is shown by '\(tool) show'"
    case .user2:
      return "SIGUSR2: no file is written; the counters are shown by '\(tool) \(usesBFD ? "show NAME" : "counters")'"
    case .keepalivedJSON:
      return "SIGRTMIN+2: no file is written; "
        + (usesBFD
          ? "'vrrpctl show --format keepalived-json' prints the same" : "'bfdctl show --json' prints the state")
    case .keepalivedClear:
      return "SIGRTMAX-1: nothing is cleared; "
        + (usesBFD ? "'vrrpctl show NAME --json' counts since the start" : "'bfdctl clear' clears counters")
    case .keepalivedThreads: return "SIGRTMAX: no file is written; the daemon's own state is in '\(tool) show'"
    case .hangUp, .interrupt, .kill, .terminate, .child, .resume, .stop: return nil
    }
  }
}
