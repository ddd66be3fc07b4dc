import ControlInterface
import DaemonRuntime
import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives
import Varlink

/// From the command line to the exit status.
struct Startup {
  /// The exit status where the daemon, or `-t`, cannot do its work at all.
  static let cannotRun: Int32 = 4
  /// The exit status for a configuration with errors.
  static let configurationErrors: Int32 = 5

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
    case .checkConfiguration: return checkConfiguration()
    case .run: return runDaemon()
    }
  }

  private func checkConfiguration() -> Int32 {
    do throws(FileProblem) {
      let loaded = try Configuration.load(path: arguments.configurationPath, from: .system())
      for finding in loaded.findings { print(finding) }
      return loaded.findings.testExitStatus
    } catch {
      print("\(arguments.configurationPath): \(error)")
      return Self.cannotRun
    }
  }

  private func runDaemon() -> Int32 {
    let sink = LogSink.standard()
    let level = arguments.logLevel.loggerLevel
    var logger = Logger(label: "bfdd") { SinkLogHandler(sink, identifier: $0, level: level) }
    logger.logLevel = level
    defer { sink.flush() }
    do throws(ConfigurationRefusal) {
      let configuration = try load(logger)
      do throws(SystemError) {
        return try serve(configuration, sink, logger)
      } catch {
        logger.critical("\(error)")
      }
    } catch {
      logger.critical("\(error)")
      return Self.configurationErrors
    }
    return Self.cannotRun
  }

  /// Runs the daemon until it is told to stop.
  private func serve(_ configuration: Configuration, _ sink: LogSink, _ logger: Logger) throws(SystemError) -> Int32 {
    SignalReceiver.ignoreBrokenPipe()
    let signals = try SignalReceiver([.terminate, .interrupt, .hangUp])
    let loop = try EventLoop()
    sink.attach(to: loop)
    let daemon = try BFDDaemon(loop: loop, logger: logger, configurationPath: arguments.configurationPath) {
      () throws(ConfigurationRefusal) in try load(logger)
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
      return Self.cannotRun
    }
    defer { server.close() }
    daemon.driver.subscriber = server
    try daemon.start(configuration)
    try loop.run(daemon.driver)
    return 0
  }

  /// Reads the configuration; its warnings go to the log.
  private func load(_ logger: Logger) throws(ConfigurationRefusal) -> Configuration {
    let loaded: LoadedConfiguration
    do throws(FileProblem) {
      loaded = try Configuration.load(path: arguments.configurationPath, from: .system())
    } catch {
      throw ConfigurationRefusal("\(arguments.configurationPath): \(error)")
    }
    guard !loaded.findings.hasErrors else {
      throw ConfigurationRefusal(
        loaded.findings.filter { $0.kind == .error }.map(\.description).joined(separator: "\n"))
    }
    for finding in loaded.findings where finding.kind == .warning { logger.warning("\(finding)") }
    return loaded.configuration
  }
}

extension DaemonArguments.LogLevel {
  fileprivate var loggerLevel: Logger.Level {
    switch self {
    case .debug: .debug
    case .info: .info
    case .notice: .notice
    case .warning: .warning
    case .error: .error
    }
  }
}

extension ServiceDescription {
  fileprivate static let bfdd = ServiceDescription(
    vendor: "Baton", product: "bfdd", version: DaemonArguments.version, url: "https://varlink.org",
    interfaces: [.bfd])
}
