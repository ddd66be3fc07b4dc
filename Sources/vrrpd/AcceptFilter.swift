import LinuxIO
import Logging
import NetPrimitives

/// `no_accept`: packets to the virtual addresses of a master that does not own them are dropped.
final class AcceptFilter {
  private let logger: Logger
  private var firewall: AddressFirewall?
  /// The table and its chains' priority.
  var table: (name: String, priority: Int) = ("baton", -1)
  private var hasFailed = false

  init(logger: Logger) { self.logger = logger }

  /// Makes of `blocked` the addresses `wanted`. What cannot be blocked is said once.
  func bring(_ blocked: inout Set<IPAddress>, to wanted: Set<IPAddress>) {
    guard blocked != wanted else { return }
    do throws(SystemError) {
      let firewall = try opened()
      // What is added twice is there once; what is not there cannot be removed.
      try firewall.add(wanted.subtracting(blocked).sorted())
      let gone = blocked.subtracting(wanted)
      blocked = wanted
      try firewall.remove(gone.sorted())
      hasFailed = false
    } catch {
      if !hasFailed { logger.error("no_accept: nftables table \(table.name): \(error)") }
      hasFailed = true
    }
  }

  /// The table, which is made when it is needed first.
  private func opened() throws(SystemError) -> AddressFirewall {
    if let firewall { return firewall }
    let new = try AddressFirewall(table: table.name, priority: Int32(clamping: table.priority))
    firewall = new
    return new
  }
}
