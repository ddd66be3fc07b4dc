import DaemonRuntime
import KeepalivedConfig
import LinuxIO
import Logging
import ScriptHelper

/// Puts vrrpd together and runs it until it is told to stop.
enum Startup {
  static func serve(_ context: DaemonContext) throws {
    let (loop, logger) = (context.loop, context.logger)
    let (daemon, scripts) = try makeDaemon(loop, logger, bfddSocket: context.arguments.bfddSocketPath)
    let service = try VRRPService(daemon: daemon, loop: loop, logger: logger, arguments: context.arguments)
    service.logLinesLost = { context.logLinesLost }
    try context.receiveSignals { service.received($0) }
    let server = try context.controlServer(for: service)
    defer {
      server.close()
      daemon.pipes.close()
    }
    service.controlUse = { [unowned server] in server.use }
    daemon.onChange = { server.publish($1, of: $0.configuration.name) }
    daemon.onAppearance = { server.publishState(of: $0) }
    daemon.onRemoval = { server.publishRemoval(of: $0) }
    let record = try AddressRecord(socket: context.arguments.socketPath, loop: loop, logger: logger)
    daemon.record = record
    let maintenance = try StateFile(context.arguments.socketPath + ".maintenance", loop: loop, logger: logger)
    if maintenance.read(limit: 16) == "on\n" {
      daemon.setMaintenance(true)
      logger.notice("this router was in maintenance before the start, and stays so until 'vrrpctl maintenance off'")
    }
    daemon.maintenanceFile = maintenance
    // Without a sign of our own the others' cannot be told from none: then nobody is taken for dead.
    let sign = try? NamespaceSign("vrrpd")
    try scripts.start()
    service.start(
      context.configuration, users: context.users,
      leftovers: Leftovers(recorded: record.recorded(), isAlone: sign?.isAlone ?? false))
    try loop.run(daemon)
    withExtendedLifetime(sign) { record.remove() }
  }

  private static func makeDaemon(
    _ loop: EventLoop, _ logger: Logger, bfddSocket: String
  ) throws(SystemError) -> (VRRPDaemon, ScriptRunner) {
    let checks = ScriptChecks(loop: loop, logger: logger)
    let ownScripts = DaemonScripts(loop: loop, logger: logger)
    // The systemd unit names a socket behind which helpers are started outside of this process's sandbox.
    let origin = ScriptRunner.Origin.socketOfUnit.map { ScriptRunner.Origin.serviceManager(socket: $0) } ?? .ownProgram
    let scripts = ScriptRunner(name: "vrrpd", loop: loop, logger: logger, origin: origin) {
      [weak checks, weak ownScripts] in
      if DaemonScripts.owns($0) { ownScripts?.finished($0, $1) } else { checks?.finished($0, $1) }
    }
    checks.runner = scripts
    ownScripts.runner = scripts
    let daemon = try VRRPDaemon(
      loop: loop, logger: logger, bfddSocket: bfddSocket, checks: checks, ownScripts: ownScripts, scripts: scripts)
    checks.onChange = { [weak daemon] in daemon?.scriptChanged($0, to: $1) }
    return (daemon, scripts)
  }
}
