public import ArgumentParser
import ControlClient
import LinuxIO
import Logging
public import Metrics
import NetPrimitives

/// baton-exporter: what bfdd and vrrpd count, as Prometheus metrics over HTTP.
@main
struct BatonExporter: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "baton-exporter", abstract: "Serve bfdd's and vrrpd's state as Prometheus metrics.",
    discussion: """
      Serves /metrics, /healthz (this process answers) and /readyz (both daemons answer). Runs until it is stopped.
      Exit status: 1 the address cannot be listened on, 64 wrong usage.
      """,
    version: "0.1.0")

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where to listen: an IPv4 address, or an IPv6 address in brackets, and a port.", valueName: "address:port"))
  var listen = ListenAddress.standard

  @Option(help: ArgumentHelp("bfdd's control socket.", valueName: "socket"))
  var bfdSocket = Tool.bfdctl.socketPath

  @Option(help: ArgumentHelp("vrrpd's control socket.", valueName: "socket"))
  var vrrpSocket = Tool.vrrpctl.socketPath

  @Option(help: ArgumentHelp("Give the metrics of other exporters as well: keepalived.", valueName: "names"))
  var compat: Scrape.Compatibility?

  @Option(help: ArgumentHelp("How many seconds a daemon may take to answer, 0.1 to 60.", valueName: "seconds"))
  var timeout = 5.0

  func validate() throws {
    guard (0.1...60).contains(timeout) else { throw ValidationError("--timeout is 0.1 to 60 seconds") }
  }

  func run() throws {
    let sink = LogSink.standard()
    let logger = Logger(label: "baton-exporter") { SinkLogHandler(sink, identifier: $0, level: .info) }
    SignalReceiver.ignoreBrokenPipe()
    let daemons = Daemons(
      bfd: bfdSocket, vrrp: vrrpSocket, patience: .microseconds(Int64(timeout * 1_000_000)), logger: logger)
    let pages = Pages(version: Self.configuration.version, compatibility: compat)
    do {
      let server = try MetricsServer(listen, pages: pages, reading: daemons)
      logger.notice("listening on \(server.address)")
      ServiceNotifier().ready(status: "listening on \(server.address)")
      try server.wait()
    } catch {
      logger.critical("cannot listen on \(listen): \(error)")
      throw ExitCode(1)
    }
  }
}

extension Scrape.Compatibility: ExpressibleByArgument {}
