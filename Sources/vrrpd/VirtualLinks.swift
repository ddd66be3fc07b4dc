import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives

/// The interfaces of `use_vmac` and `use_ipvlan`: made when their base interface is there, and up while their instance is
/// master, or always where something else lies on them.
final class VirtualLinks {
  private let configurator: NetworkConfigurator
  private let watcher: NetworkWatcher
  private let settings: KernelSettings
  private let logger: Logger
  private var wanted: [VirtualInterface] = []
  /// What could not be done, so that it is said once.
  private var failed: Set<String> = []
  /// Called with the name of an interface that was just made, and is down.
  var onMade: (String) -> Void = { _ in }
  /// Called when an interface could not be had, for the first time.
  var onFailure: () -> Void = {}

  init(configurator: NetworkConfigurator, watcher: NetworkWatcher, settings: KernelSettings, logger: Logger) {
    self.configurator = configurator
    self.watcher = watcher
    self.settings = settings
    self.logger = logger
  }

  /// The names of those that are there.
  var names: [String] { wanted.map(\.name).filter { watcher.link(named: $0) != nil } }

  /// These are wanted from now on, and no others that were before.
  func replace(with new: [VirtualInterface]) {
    for old in wanted where !new.contains(old) { remove(old) }
    wanted = new
    makeMissing()
  }

  /// Makes those that are wanted and missing.
  func makeMissing() {
    for interface in wanted {
      guard let base = watcher.link(named: interface.base) else { continue }
      if let link = watcher.link(named: interface.name) {
        guard !link.fits(interface, base) else { continue }
        guard link.isVirtual else {
          if failed.insert("use \(interface.name)").inserted {
            logger.error("\(interface.name): there is another interface of this name, which is left alone")
            onFailure()
          }
          continue
        }
        // One on an interface that was re-created meanwhile, or of another address, is of no use to anybody.
        let isRemoved = attempt("remove", interface.name) { () throws(SystemError) in
          try configurator.removeLink(link.index)
        }
        guard isRemoved else { continue }
      }
      make(interface, on: base)
    }
  }

  private func make(_ interface: VirtualInterface, on base: Link) {
    let isMade = attempt("make", interface.name) { () throws(SystemError) in
      switch interface.kind {
      case .macvlan(let address): try configurator.addMacvlan(interface.name, on: base.index, address: address)
      case .ipvlan(let mode): try configurator.addIPVLAN(interface.name, on: base.index, flags: mode.rawValue)
      }
    }
    guard isMade else { return }
    failed.remove("use \(interface.name)")
    logger.notice("\(interface.name): made on \(interface.base), \(interface.kind.name)")
    let isStrict = settings.value("ipv4/conf/all/rp_filter") != "0"
    for (path, value) in [
      // No addresses but the virtual ones: neither by the MAC address nor by what routers advertise.
      ("ipv6/conf/\(interface.name)/addr_gen_mode", "1"), ("ipv6/conf/\(interface.name)/accept_ra", "0"),
      ("ipv6/conf/\(interface.name)/autoconf", "0"), ("ipv6/conf/\(interface.name)/accept_dad", "0"),
      // ARP only for the addresses that are here; packets come in whose way back is the base interface.
      ("ipv4/conf/\(interface.name)/arp_ignore", "1"),
      ("ipv4/conf/\(interface.name)/rp_filter", isStrict ? "2" : "0"),
      ("ipv4/conf/\(interface.name)/accept_local", "1"), ("ipv4/conf/\(interface.name)/promote_secondaries", "1"),
    ] { _ = settings.write(path, value) }
    // The base interface must not answer for the virtual addresses, nor ask with one of them as its own.
    settings.hold("ipv4/conf/\(interface.base)/arp_ignore", "1", owner: interface.name)
    settings.hold("ipv4/conf/\(interface.base)/arp_announce", "2", owner: interface.name)
    onMade(interface.name)
  }

  private func remove(_ interface: VirtualInterface) {
    settings.release(owner: interface.name)
    guard let link = watcher.link(named: interface.name), link.isVirtual else { return }
    _ = attempt("remove", interface.name) { () throws(SystemError) in try configurator.removeLink(link.index) }
  }

  /// Whether it cannot be had, or not be set up: then its instance is of no use.
  func isBroken(_ interface: VirtualInterface) -> Bool {
    ["use", "make", "remove", "raise"].contains { failed.contains("\($0) \(interface.name)") }
  }

  /// Something has changed about a link: what failed on it, or beside it on the same base interface, may go now.
  func changed(_ link: Link) {
    guard !failed.isEmpty else { return }
    for interface in wanted where [interface.name, interface.base].contains(link.name) || isOn(interface.base, link) {
      failed.remove("raise \(interface.name)")
    }
  }

  private func isOn(_ base: String, _ link: Link) -> Bool {
    link.parent.flatMap { watcher.links[$0] }?.name == base
  }

  /// Sets interfaces up or down. Returns whether netlink has told of all of them.
  func set(_ interfaces: [VirtualInterface], up isUp: Bool) -> Bool {
    interfaces.reduce(true) { areThere, interface in
      guard let link = watcher.link(named: interface.name) else { return false }
      _ = attempt(isUp ? "raise" : "lower", interface.name) { () throws(SystemError) in
        try configurator.setLink(link.index, up: isUp)
      }
      return areThere
    }
  }

  /// Removes the interface `link`, which a killed vrrpd has made.
  func removeLeftover(_ link: Link) {
    _ = attempt("remove", link.name) { () throws(SystemError) in try configurator.removeLink(link.index) }
  }

  private func attempt(_ what: String, _ name: String, _ action: () throws(SystemError) -> Void) -> Bool {
    do throws(SystemError) {
      try action()
      failed.remove("\(what) \(name)")
      return true
    } catch {
      // What exists was made a moment ago, and netlink has not told it yet.
      if error.code == .noSuchDevice || error.code == .exists { return false }
      if failed.insert("\(what) \(name)").inserted {
        logger.error("\(name): cannot \(what) it: \(error)")
        onFailure()
      }
      return false
    }
  }
}

extension VirtualInterface.Kind {
  fileprivate var name: String {
    switch self {
    case .macvlan(let address): "with \(address)"
    case .ipvlan(let mode): "an ipvlan (\(mode))"
    }
  }
}

extension Link {
  /// Whether it is of a kind that is made here.
  var isVirtual: Bool { kind == "macvlan" || kind == "ipvlan" }

  /// Whether this is the interface that is wanted on `base`.
  fileprivate func fits(_ interface: VirtualInterface, _ base: Link) -> Bool {
    guard parent == base.index else { return false }
    switch interface.kind {
    case .macvlan(let address): return kind == "macvlan" && macAddress == address
    case .ipvlan: return kind == "ipvlan"
    }
  }
}
