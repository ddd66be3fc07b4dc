import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP/1.1 server on one thread, for a handful of clients.
final class MetricsServer {
  /// How many connections there may be at a time; more are closed at once.
  static let connectionLimit = 64

  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let threads = NIOThreadPool(numberOfThreads: 2)
  private let channel: any Channel

  /// Listens on `address`.
  init(_ address: ListenAddress, pages: Pages, reading daemons: Daemons) throws {
    threads.start()
    let loop = group.next()
    let reading = NIOLoopBoundBox.makeBoxSendingValue(Reading(daemons, threads: threads, on: loop), eventLoop: loop)
    let connections = Connections(limit: Self.connectionLimit)
    channel = try ServerBootstrap(group: group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        guard connections.open() else { return channel.close() }
        channel.closeFuture.whenComplete { _ in connections.close() }
        return channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(RequestHandler(pages: pages, reading: reading.value))
        }
      }
      .bind(host: address.host, port: address.port).wait()
  }

  /// The address in use.
  var address: String {
    guard let local = channel.localAddress, let host = local.ipAddress, let port = local.port else { return "nothing" }
    return "\(ListenAddress(host: host, port: port))"
  }

  /// Serves until the process ends.
  func wait() throws { try channel.closeFuture.wait() }
}

/// How many connections there are.
private final class Connections: Sendable {
  private let limit: Int
  private let count = Mutex(0)

  init(limit: Int) { self.limit = limit }

  /// Whether one more is allowed, which then counts until `close`.
  func open() -> Bool {
    count.withLock { count in
      guard count < limit else { return false }
      count += 1
      return true
    }
  }

  func close() { count.withLock { $0 -= 1 } }
}
