import DaemonRuntime
import LinuxIO
import Logging
import NetPrimitives

/// Puts addresses, routes and rules on the machine, takes them away, and puts back what others take away.
final class Installer {
  /// An address that somebody removed.
  struct Loss {
    let address: InterfaceAddress
    let sender: UInt32
  }

  private let configurator: NetworkConfigurator
  private let watcher: NetworkWatcher
  private let settings: KernelSettings
  private let logger: Logger
  /// Lines that other programs and the kernel can make come without end.
  private let trouble: LimitedLog
  /// Whether anything was added or removed since this was set to false, which at first it has to be in any case.
  var hasChanged = true

  init(
    configurator: NetworkConfigurator, watcher: NetworkWatcher, settings: KernelSettings, logger: Logger,
    trouble: LimitedLog
  ) {
    self.configurator = configurator
    self.watcher = watcher
    self.settings = settings
    self.logger = logger
    self.trouble = trouble
  }

  /// Makes of what `owner` has on the machine what it is to have. What is the same in both is not touched. Addresses come
  /// first and go last, for routes may need them; the last one goes first, for the first of a prefix on an interface
  /// takes the others along.
  func bring(_ held: inout Holdings, to wanted: Holdings, for owner: String) {
    for item in held.rules.reversed() where !wanted.rules.contains(where: { $0.object == item.object }) {
      remove(item.object, owner)
      held.rules.removeAll { $0.object == item.object }
    }
    for item in held.routes.reversed() where !wanted.routes.contains(where: { $0.object == item.object }) {
      remove(item.object, owner)
      held.routes.removeAll { $0.object == item.object }
    }
    for item in wanted.addresses {
      if let place = held.addresses.firstIndex(where: { $0.object.isSame(as: item.object) }) {
        change(&held.addresses[place], to: item, owner)
      } else if add(item.object, owner) {
        held.addresses.append(item)
      }
    }
    for item in held.addresses.reversed() where !wanted.addresses.contains(where: { $0.object.isSame(as: item.object) })
    {
      remove(item.object, owner)
      held.addresses.removeAll { $0.object.isSame(as: item.object) }
    }
    for item in wanted.routes {
      let isNew = !held.routes.contains { $0.object == item.object }
      // With an address that was just removed the kernel may have removed routes.
      if add(item.object, owner), isNew { held.routes.append(item) }
    }
    for item in wanted.rules where !held.rules.contains(where: { $0.object == item.object }) {
      if add(item.object, owner) { held.rules.append(item) }
    }
  }

  /// Puts back what `owner` has lost, and adds what could not be added before. `sender` is who is known to have deleted
  /// routes or rules.
  func restore(_ held: inout Holdings, to wanted: Holdings, for owner: String, losses: [Loss], sender: UInt32?) {
    held.addresses.removeAll { watcher.links[$0.object.interface] == nil }
    for loss in losses { putBack(loss, of: &held, owner) }
    for item in wanted.addresses where !held.addresses.contains(where: { $0.object.isSame(as: item.object) }) {
      guard item.isTracked, attempt(item.object) == nil else { continue }
      logger.notice("\(owner): \(item.object.prefix) added")
      held.addresses.append(item)
    }
    held.routes = restored(held.routes, wanted.routes, owner, sender, isThere, add)
    held.rules = restored(held.rules, wanted.rules, owner, sender, { _ in false }, add)
  }

  /// What is there of `wanted` after another try. `exists` is the answer for whatever was not lost.
  private func restored<Object: Equatable>(
    _ held: [Holdings.Item<Object>], _ wanted: [Holdings.Item<Object>], _ owner: String, _ sender: UInt32?,
    _ isThere: (Object) -> Bool, _ add: (Object) throws(SystemError) -> Void
  ) -> [Holdings.Item<Object>] {
    wanted.filter { item in
      let wasHeld = held.contains { $0.object == item.object }
      guard item.isTracked || !wasHeld else { return true }
      do throws(SystemError) {
        try add(item.object)
        hasChanged = true
        if wasHeld {
          tellPutBack("deleted", "\(item.object)", by: Culprit(port: sender ?? 0), owner)
        } else {
          logger.notice("\(owner): \(item.object) added")
        }
        return true
      } catch {
        if error.code == .exists { return true }
        guard wasHeld, !isThere(item.object) else { return wasHeld }
        tellFailure("\(item.object) is gone, and cannot be put back: \(error)", owner)
        return false
      }
    }
  }

  private func putBack(_ loss: Loss, of held: inout Holdings, _ owner: String) {
    guard let place = held.addresses.firstIndex(where: { $0.object.isSame(as: loss.address) }),
      watcher.address(loss.address.address, on: loss.address.interface) == nil
    else { return }
    let item = held.addresses.remove(at: place)
    guard item.isTracked else { return }
    let who = Culprit(port: loss.sender)
    if let error = attempt(item.object) {
      // With its interface the address went, too.
      guard error.code != .noSuchDevice else { return }
      tellFailure("\(who) removed \(item.object.prefix), and it cannot be put back: \(error)", owner)
    } else {
      tellPutBack("removed", "\(item.object.prefix)", by: who, owner)
      held.addresses.append(item)
    }
  }

  private func tellPutBack(_ deed: String, _ object: String, by who: Culprit, _ owner: String) {
    trouble.log(
      .addressPutBack, .warning, "\(owner): \(who) \(deed) \(object): putting it back",
      [.instance: owner, .address: object, .reason: "\(who)"])
  }

  func tellRaised(_ link: String, _ owner: String) {
    trouble.log(
      .addressPutBack, .warning, "\(owner): somebody set \(link) down: setting it up again",
      [.instance: owner, .address: link, .reason: "somebody"])
  }

  private func tellFailure(_ reason: String, _ owner: String) {
    trouble.log(.addressFailed, .error, "\(owner): \(reason)", [.instance: owner, .reason: reason])
  }

  // MARK: Addresses

  /// Gives an address that is there what else its line says now; where the kernel refuses that, it stays as it is.
  private func change(
    _ held: inout Holdings.Item<InterfaceAddress>, to wanted: Holdings.Item<InterfaceAddress>, _ owner: String
  ) {
    let before = held
    held = wanted
    guard before.object != wanted.object else { return }
    var changeable = before.object
    (changeable.flags, changeable.preferredLifetime) = (wanted.object.flags, wanted.object.preferredLifetime)
    // The kernel does not change the label, the scope and the broadcast address of an address.
    if changeable != wanted.object { remove(before.object, owner) }
    guard !add(wanted.object, owner) else { return }
    held = before
    _ = add(before.object, owner)
  }

  private func add(_ address: InterfaceAddress, _ owner: String) -> Bool {
    perform("\(address.prefix) cannot be added", owner) { () throws(SystemError) in try configurator.replace(address) }
  }

  /// Adds an address; one that is there already becomes ours.
  private func attempt(_ address: InterfaceAddress) -> SystemError? {
    do throws(SystemError) {
      try configurator.replace(address)
      hasChanged = true
      return nil
    } catch {
      return error
    }
  }

  /// Removes an address, and no other: with the first address of a prefix the kernel takes the others of it along, unless
  /// `promote_secondaries` is set.
  func remove(_ address: InterfaceAddress, _ owner: String) {
    let setting = watcher.links[address.interface].map { "ipv4/conf/\($0.name)/promote_secondaries" }
    let isPromoting = setting.map { takesOthersAlong(address) && settings.value($0) == "0" && settings.write($0, "1") }
    perform("\(address.prefix) cannot be removed", owner, isDone: Self.gone) { () throws(SystemError) in
      try configurator.remove(address)
    }
    if let setting, isPromoting == true { _ = settings.write(setting, "0") }
  }

  /// Whether it is the first of its prefix on the interface, and not the only one.
  private func takesOthersAlong(_ address: InterfaceAddress) -> Bool {
    guard address.address.family == .ipv4, address.prefix.length < 32,
      let present = watcher.addresses[address.interface],
      let first = present.first(where: { $0.isSame(as: address) }), !first.flags.contains(.secondary),
      let network = IPPrefix(first.peer ?? first.address, length: first.prefix.length)
    else { return false }
    return present.contains {
      $0.flags.contains(.secondary) && $0.prefix.length == network.length && network.contains($0.peer ?? $0.address)
    }
  }

  // MARK: Routes and rules

  private func add(_ route: Route) throws(SystemError) {
    try configurator.add(route) { watcher.link(named: $0)?.index }
  }

  private func add(_ rule: RoutingRule) throws(SystemError) { try configurator.add(rule) }

  /// Whether the kernel has a route. It refuses one whose gateway it cannot reach now before it looks whether it is there.
  private func isThere(_ route: Route) -> Bool {
    guard let routes = try? configurator.routes(of: route.origin) else { return true }
    return routes.contains { AddressRecord.name(of: $0) == AddressRecord.name(of: route) }
  }

  private func add(_ route: Route, _ owner: String) -> Bool {
    perform("route \(route) cannot be added", owner, isDone: [.exists]) { () throws(SystemError) in try add(route) }
  }

  private func add(_ rule: RoutingRule, _ owner: String) -> Bool {
    perform("rule \(rule) cannot be added", owner, isDone: [.exists]) { () throws(SystemError) in try add(rule) }
  }

  func remove(_ route: Route, _ owner: String) {
    perform("route \(route) cannot be removed", owner, isDone: Self.gone) { () throws(SystemError) in
      try configurator.remove(route) { watcher.link(named: $0)?.index }
    }
  }

  func remove(_ rule: RoutingRule, _ owner: String) {
    perform("rule \(rule) cannot be removed", owner, isDone: Self.gone) { () throws(SystemError) in
      try configurator.remove(rule)
    }
  }

  /// Whether the change was made, or nothing was left to do: `isDone` are the answers that say so.
  @discardableResult
  private func perform(
    _ failure: String, _ owner: String, isDone: Set<ErrorCode> = [], _ change: () throws(SystemError) -> Void
  ) -> Bool {
    hasChanged = true
    do throws(SystemError) {
      try change()
      return true
    } catch {
      if isDone.contains(error.code) { return true }
      tellFailure("\(failure): \(error)", owner)
      return false
    }
  }

  /// The answers to a removal of what is gone already.
  private static let gone: Set<ErrorCode> = [.addressNotAvailable, .noSuchDevice, .noSuchProcess, .noSuchFile]
}
