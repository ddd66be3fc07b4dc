import DaemonRuntime
import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives
import VRRPCore

/// What is on the machine when the daemon starts, although no instance of it is master: a vrrpd that was killed has left it
/// behind, or another program has.
///
/// What no instance wants any more is removed at once. What one wants stays while nobody else is known to have it: nothing
/// is gained by a gap. It becomes the instance's own when that becomes master, and is removed as soon as another master
/// is heard, or the instance cannot become master: in fault, in maintenance, at the end.
extension VRRPDaemon {
  /// Removes what an earlier run has left behind and `configuration` does not want.
  func removeLeftovers(_ leftovers: Leftovers, but configuration: Configuration) {
    settings.putBack(leftovers)
    for link in leftovers.find(among: Array(watcher.links.values)) {
      logger.notice("removing \(link.name), left behind by an earlier run")
      virtualLinks.removeLeftover(link)
    }
    networkChanged()
    let wanted = wanted(by: configuration)
    // Routes first: some would go with the addresses, untold.
    for rule in leftoverRules(leftovers) {
      let isKept = wanted.rules.contains { $0.object == rule }
      if !decide("the rule \(rule)", isKept) { installer.remove(rule, "start") }
    }
    let routes = Set(wanted.routes.map { AddressRecord.name(of: $0.object) })
    for route in leftoverRoutes(leftovers) {
      let isKept = routes.contains(AddressRecord.name(of: route))
      if !decide("the route \(route)", isKept) { installer.remove(route, "start") }
    }
    for address in leftoverAddresses(leftovers) {
      let isKept = wanted.addresses.contains { address.isAsWanted($0.object, on: watcher.links[address.interface]) }
      if !decide("\(address.prefix)", isKept) { installer.remove(address, "start") }
    }
    networkChanged()
  }

  /// Tells what happens to something that an earlier run has left behind.
  private func decide(_ object: String, _ isKept: Bool) -> Bool {
    logger.notice("\(isKept ? "keeping" : "removing") \(object), left behind by an earlier run")
    return isKept
  }

  /// Gives each instance, none of which has started, what is there of what it wants. Addresses count whoever has added them:
  /// what a killed keepalived has left behind must not stay on a backup either.
  func adoptLeftovers(_ leftovers: Leftovers) {
    let routes = Set(leftoverRoutes(leftovers).map { AddressRecord.name(of: $0) })
    let rules = leftoverRules(leftovers)
    let left = leftoverAddresses(leftovers)
    for instance in instances {
      let wanted = instance.wanted(watcher.link(named:))
      var found = Holdings()
      found.addresses = wanted.addresses.filter { item in
        // An owner's addresses may be there without it.
        let candidates = instance.configuration.isOwner ? left : watcher.addresses[item.object.interface] ?? []
        return candidates.contains { $0.isSame(as: item.object) }
      }
      found.routes = wanted.routes.filter { routes.contains(AddressRecord.name(of: $0.object)) }
      found.rules = wanted.rules.filter { rules.contains($0.object) }
      guard !found.isEmpty else { continue }
      instance.held = found
      instance.holdsLeftovers = true
      logger.info(
        "\(instance.configuration.name): \(found.text) found at the start: kept until another master is heard")
    }
    installer.hasChanged = true
  }

  /// Decides about what `instance` has kept since the start, whenever anything happened to it.
  func reviewLeftovers(of instance: Instance) {
    guard instance.holdsLeftovers else { return }
    switch instance.router.state {
    case .initialize: if isStopping { dropLeftovers(of: instance, "vrrpd stops") }
    case .backup:
      if instance.router.hasHeardActive {
        dropLeftovers(of: instance, "another master is heard")
      } else if instance.router.isInMaintenance {
        dropLeftovers(of: instance, "the router is in maintenance")
      }
    case .fault: dropLeftovers(of: instance, "the instance is in fault")
    case .master: break
    }
  }

  /// Removes what `instance` has kept since the start.
  func dropLeftovers(of instance: Instance, _ reason: String) {
    guard instance.holdsLeftovers else { return }
    instance.holdsLeftovers = false
    logger.notice("\(instance.configuration.name): removing \(instance.held.text), found at the start: \(reason)")
    removeAddresses(of: instance)
  }

  /// The instance becomes master: what it has kept is its own, as far as it is still there.
  func claimLeftovers(of instance: Instance) {
    guard instance.holdsLeftovers else { return }
    instance.holdsLeftovers = false
    instance.held.addresses.removeAll { item in
      !(watcher.addresses[item.object.interface]?.contains { $0.isAsWanted(item.object, on: nil) } ?? false)
    }
    instance.held.rules = []
  }

  /// All that instances and the static lists of a configuration want.
  private func wanted(by configuration: Configuration) -> Holdings {
    var all = Holdings(
      addresses: configuration.staticAddresses, routes: configuration.staticRoutes, rules: configuration.staticRules,
      link: watcher.link(named:), device: { $0.device ?? configuration.global.defaultInterface })
    for instance in configuration.vrrpInstances {
      let wanted = Holdings(
        addresses: instance.allAddresses, routes: instance.routes, rules: instance.rules, link: watcher.link(named:),
        device: instance.device)
      all.addresses += wanted.addresses
      all.routes += wanted.routes
      all.rules += wanted.rules
    }
    return all
  }

  private func leftoverAddresses(_ leftovers: Leftovers) -> [InterfaceAddress] {
    leftovers.find(among: watcher.addresses.values.flatMap { $0 }) { watcher.links[$0]?.name }
  }

  private func leftoverRoutes(_ leftovers: Leftovers) -> [Route] {
    guard leftovers.hasRouting else { return [] }
    do throws(SystemError) {
      return leftovers.find(among: try configurator.routes(of: VirtualRouting.origin))
    } catch {
      logger.error("routes left behind by an earlier run cannot be listed: \(error)")
      return []
    }
  }

  private func leftoverRules(_ leftovers: Leftovers) -> [RoutingRule] {
    guard leftovers.hasRouting else { return [] }
    do throws(SystemError) {
      return leftovers.find(among: try configurator.rules(of: VirtualRouting.origin))
    } catch {
      logger.error("rules left behind by an earlier run cannot be listed: \(error)")
      return []
    }
  }
}

extension Holdings {
  /// Whether there is nothing.
  var isEmpty: Bool { addresses.isEmpty && routes.isEmpty && rules.isEmpty }

  /// What is here, for the log: addresses by name, the others by number.
  var text: String {
    var parts = addresses.prefix(3).map { "\($0.object.prefix)" }
    if addresses.count > 3 { parts.append("\(addresses.count - 3) more addresses") }
    if !routes.isEmpty { parts.append("\(routes.count) route\(routes.count == 1 ? "" : "s")") }
    if !rules.isEmpty { parts.append("\(rules.count) rule\(rules.count == 1 ? "" : "s")") }
    return parts.joined(separator: ", ")
  }
}

extension InterfaceAddress {
  /// Whether an address of the kernel's is what `wanted` describes, in all that cannot be changed while it is there. The
  /// kernel gives an IPv4 address without a label the name of its interface.
  fileprivate func isAsWanted(_ wanted: InterfaceAddress, on link: Link?) -> Bool {
    guard isSame(as: wanted), scope == wanted.scope, broadcast == wanted.broadcast else { return false }
    return wanted.label == nil ? label == nil || label == link?.name || link == nil : label == wanted.label
  }
}
