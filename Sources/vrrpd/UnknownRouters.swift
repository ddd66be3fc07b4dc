import LinuxIO
import Logging
import NetPrimitives

/// Advertisements with numbers that no instance on their interface has: counted, and with `log_unknown_vrids` logged,
/// once for each number, interface and sender.
final class UnknownRouters {
  private struct Sender: Hashable {
    let virtualRouterID: UInt8
    let address: IPAddress
    let interface: String
  }

  /// `log_unknown_vrids`.
  var isLogging = false
  /// How many packets there were.
  private(set) var packets: UInt64 = 0
  private var logged: Set<Sender> = []
  private let logger: Logger

  /// The most senders that are told apart, so that forged ones do not fill the memory or the log.
  static let limit = 256

  init(logger: Logger) {
    self.logger = logger
  }

  func count(_ virtualRouterID: UInt8, from address: IPAddress, on interface: String) {
    packets += 1
    guard isLogging, logged.count < Self.limit else { return }
    let sender = Sender(virtualRouterID: virtualRouterID, address: address, interface: interface)
    guard logged.insert(sender).inserted else { return }
    logger.notice("\(interface): \(address) advertises virtual router \(virtualRouterID), which is not configured here")
    if logged.count == Self.limit { logger.notice("more unknown virtual routers are counted, but not logged") }
  }
}
