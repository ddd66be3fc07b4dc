import LinuxIO
import Logging
import NetPrimitives

/// `no_accept`: packets to the virtual addresses of a master that does not own them are dropped. And interfaces with a
/// virtual MAC address that are up on a backup keep their group memberships to themselves.
final class AcceptFilter {
  /// The nftables table and the priority of its chains.
  struct Table: Equatable {
    var name = "baton"
    var priority = -1
  }

  private let logger: Logger
  /// There is a table while there is something to block.
  private var firewall: AddressFirewall?
  private var table = Table()
  /// How many instances want an address blocked: one that moves between two of them stays blocked.
  private var users: [IPAddress: Int] = [:]
  private var hasFailed = false
  private var silent: Set<UInt32> = []

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
      guard isNeeded else { return close() }
      try firewall?.remove(gone.filter { users[$0] == nil }.sorted())
    }
  }

  /// Uses `new` from now on, for what is blocked already, too.
  func use(_ new: Table) {
    guard new != table else { return }
    table = new
    guard firewall != nil else { return }
    close()
    attempt { () throws(SystemError) in
      try opened().add(users.keys.sorted())
      try opened().silence(silent.sorted())
    }
  }

  private func attempt(_ change: () throws(SystemError) -> Void) {
    do throws(SystemError) {
      try change()
      hasFailed = false
    } catch {
      if !hasFailed { logger.error("nftables table \(table.name): \(error)") }
      hasFailed = true
    }
  }

  /// Reports of group memberships leave by these interfaces no longer, and by others again.
  func silence(_ wanted: Set<UInt32>) {
    guard silent != wanted else { return }
    attempt { () throws(SystemError) in
      let new = wanted.subtracting(silent)
      if !new.isEmpty { try opened().silence(new.sorted()) }
      let gone = silent.subtracting(wanted)
      silent = wanted
      guard isNeeded else { return close() }
      try firewall?.unsilence(gone.sorted())
    }
  }

  private var isNeeded: Bool { !users.isEmpty || !silent.isEmpty }

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
