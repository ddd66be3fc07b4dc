import ControlInterface
import DaemonRuntime
import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives
import Varlink

/// From the command line to the exit status.
struct Startup {
  private let arguments: DaemonArguments

  init(_ arguments: DaemonArguments) {
    self.arguments = arguments
  }

  /// Does what the command line asks for; the exit status.
  func run() -> Int32 {
    switch arguments.action {
    case .showHelp:
      print(DaemonArguments.usage(of: .bfdd), terminator: "")
      return 0
    case .showVersion:
      print("bfdd \(DaemonArguments.version)")
      return 0
    case .checkConfiguration: return Configuration.check(arguments.configurationPath)
    case .run: return runDaemon()
    }
  }

  private func runDaemon() -> Int32 {
    let sink = LogSink.standard()
    let level = arguments.logLevel.loggerLevel
    var logger = Logger(label: "bfdd") { SinkLogHandler(sink, identifier: $0, level: level) }
    logger.logLevel = level
    defer { sink.flush() }
    do throws(ConfigurationRefusal) {
      let configuration = try Configuration.read(arguments.configurationPath, logger: logger)
      do throws(SystemError) {
        return try serve(configuration, sink, logger)
      } catch {
        logger.critical("\(error)")
      }
    } catch {
      logger.critical("\(error)")
      return DaemonExit.configurationErrors
    }
    return DaemonExit.cannotRun
  }

  /// Runs the daemon until it is told to stop.
  private func serve(_ configuration: Configuration, _ sink: LogSink, _ logger: Logger) throws(SystemError) -> Int32 {
    SignalReceiver.ignoreBrokenPipe()
    let signals = try SignalReceiver([.terminate, .interrupt, .hangUp])
    let loop = try EventLoop()
    sink.attach(to: loop)
    let daemon = try BFDDaemon(loop: loop, logger: logger, configurationPath: arguments.configurationPath) {
      () throws(ConfigurationRefusal) in try Configuration.read(arguments.configurationPath, logger: logger)
    }
    daemon.logLinesLost = { sink.lost }
    try loop.watch(signals.descriptor, priority: .control) { _ in
      while let signal = try? signals.next() { daemon.received(signal) }
    }
    let server: ControlServer<BFDDaemon>
    do throws(ControlServerError) {
      server = try ControlServer(
        loop: loop, path: arguments.socketPath, handler: daemon, service: .bfdd, logger: logger)
    } catch {
      logger.critical("\(error)")
      return DaemonExit.cannotRun
    }
    defer { server.close() }
    daemon.driver.subscriber = server
    try daemon.start(configuration)
    try loop.run(daemon.driver)
    return 0
  }
}

extension ServiceDescription {
  fileprivate static let bfdd = ServiceDescription(
    vendor: "Baton", product: "bfdd", version: DaemonArguments.version, url: "https://varlink.org",
    interfaces: [.bfd])
}
