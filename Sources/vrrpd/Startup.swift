import ControlInterface
import DaemonRuntime
import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives
import ScriptHelper
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
      print(DaemonArguments.usage(of: .vrrpd), terminator: "")
      return 0
    case .showVersion:
      print("vrrpd \(DaemonArguments.version)")
      return 0
    case .checkConfiguration: return Configuration.check(arguments.configurationPath)
    case .run: return runDaemon()
    }
  }

  private func runDaemon() -> Int32 {
    let sink = LogSink.standard()
    let level = arguments.logLevel.loggerLevel
    let logger = Logger(label: "vrrpd") { SinkLogHandler(sink, identifier: $0, level: level) }
    defer { _ = sink.flush() }
    do throws(ConfigurationRefusal) {
      let configuration = try Configuration.read(arguments.configurationPath, logger: logger)
      do throws(SystemError) {
        return try serve(configuration, sink, logger)
      } catch {
        logger.critical("\(error)")
        return DaemonExit.cannotRun
      }
    } catch {
      logger.critical("\(error)")
      return DaemonExit.configurationErrors
    }
  }

  /// Runs the daemon until it is told to stop.
  private func serve(_ configuration: Configuration, _ sink: LogSink, _ logger: Logger) throws(SystemError) -> Int32 {
    SignalReceiver.ignoreBrokenPipe()
    let signals = try SignalReceiver([.terminate, .interrupt, .hangUp])
    let loop = try EventLoop()
    sink.attach(to: loop)
    let (daemon, scripts) = try makeDaemon(loop, logger)
    let service = VRRPService(
      daemon: daemon, loop: loop, logger: logger, configurationPath: arguments.configurationPath)
    service.logLinesLost = { sink.lost }
    try loop.watch(signals.descriptor, priority: .control) { _ in
      while let signal = try? signals.next() { service.received(signal) }
    }
    let server: ControlServer<VRRPService>
    do throws(ControlServerError) {
      server = try ControlServer(
        loop: loop, path: arguments.socketPath, handler: service, service: .vrrpd, logger: logger)
    } catch {
      logger.critical("\(error)")
      return DaemonExit.cannotRun
    }
    defer { server.close() }
    daemon.onChange = { server.publish($1, of: $0.configuration.name) }
    daemon.onAppearance = { server.publishState(of: $0) }
    daemon.onRemoval = { server.publishRemoval(of: $0) }
    try scripts.start()
    service.start(configuration)
    try loop.run(daemon)
    return 0
  }

  private func makeDaemon(_ loop: EventLoop, _ logger: Logger) throws(SystemError) -> (VRRPDaemon, ScriptRunner) {
    let checks = ScriptChecks(loop: loop, logger: logger)
    // The systemd unit names a socket behind which helpers are started outside of this process's sandbox.
    let socket = FileSystem.environment("VRRPD_SCRIPT_SOCKET").flatMap { $0.isEmpty ? nil : $0 }
    let origin = socket.map { ScriptRunner.Origin.serviceManager(socket: $0) } ?? .ownProgram
    let scripts = ScriptRunner(name: "vrrpd", loop: loop, logger: logger, origin: origin) { [weak checks] in
      checks?.finished($0, $1)
    }
    checks.runner = scripts
    let daemon = try VRRPDaemon(
      loop: loop, logger: logger, bfddSocket: arguments.bfddSocketPath, checks: checks, scripts: scripts)
    checks.onChange = { [weak daemon] in daemon?.scriptChanged($0, isUp: $1) }
    return (daemon, scripts)
  }
}

extension ServiceDescription {
  fileprivate static let vrrpd = ServiceDescription(
    vendor: "Baton", product: "vrrpd", version: DaemonArguments.version, url: "https://varlink.org",
    interfaces: [.vrrp])
}
