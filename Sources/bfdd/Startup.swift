import DaemonRuntime
import KeepalivedConfig
import LinuxIO

/// Puts bfdd together and runs it until it is told to stop.
enum Startup {
  static func serve(_ context: DaemonContext) throws {
    let daemon = try BFDDaemon(loop: context.loop, logger: context.logger, arguments: context.arguments)
    daemon.logLinesLost = { context.logLinesLost }
    try context.receiveSignals { daemon.received($0) }
    let server = try context.controlServer(for: daemon)
    defer { server.close() }
    daemon.driver.subscriber = server
    daemon.controlUse = { [unowned server] in server.use }
    // The goodbye is for the neighbours. Subscribers hold what they know: that sessions go AdminDown because bfdd is
    // restarted must move no priority.
    daemon.beganStopping = { [unowned server] in server.close() }
    try daemon.start(context.configuration)
    try context.loop.run(daemon.driver)
  }
}
