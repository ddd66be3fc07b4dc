import LinuxIO
import Logging
import NetPrimitives

/// `no_accept`: packets to the virtual addresses of a master that does not own them are dropped.
final class AcceptFilter {
  /// The nftables table and the priority of its chains.
  struct Table: Equatable {
    var name = "baton"
    var priority = -1
  }

  private let logger: Logger
  /// There is a table while there is an address to block.
  private var firewall: AddressFirewall?
  private var table = Table()
  /// How many instances want an address blocked: one that moves between two of them stays blocked.
  private var users: [IPAddress: Int] = [:]
  private var hasFailed = false

  init(logger: Logger) { self.logger = logger }

  /// Makes of `blocked` the addresses `wanted`. What cannot be blocked is said once.
  func bring(_ blocked: inout Set<IPAddress>, to wanted: Set<IPAddress>) {
    guard blocked != wanted else { return }
    let new = wanted.subtracting(blocked)
    let gone = blocked.subtracting(wanted)
    attempt { () throws(SystemError) in
      let unblocked = new.filter { users[$0] == nil }
      if !unblocked.isEmpty { try opened().add(unblocked.sorted()) }
      for address in new { users[address, default: 0] += 1 }
      for address in gone { users[address] = users[address].flatMap { $0 > 1 ? $0 - 1 : nil } }
      blocked = wanted
      guard !users.isEmpty else { return close() }
      try firewall?.remove(gone.filter { users[$0] == nil }.sorted())
    }
  }

  /// Uses `new` from now on, for what is blocked already, too.
  func use(_ new: Table) {
    guard new != table else { return }
    table = new
    guard firewall != nil else { return }
    close()
    attempt { () throws(SystemError) in try opened().add(users.keys.sorted()) }
  }

  private func attempt(_ change: () throws(SystemError) -> Void) {
    do throws(SystemError) {
      try change()
      hasFailed = false
    } catch {
      if !hasFailed { logger.error("no_accept: nftables table \(table.name): \(error)") }
      hasFailed = true
    }
  }

  private func opened() throws(SystemError) -> AddressFirewall {
    if let firewall { return firewall }
    let new = try AddressFirewall(table: table.name, priority: Int32(clamping: table.priority))
    firewall = new
    return new
  }

  private func close() {
    try? firewall?.close()
    firewall = nil
  }
}
