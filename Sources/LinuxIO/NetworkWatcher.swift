internal import CNetlink
internal import Glibc
public import NetPrimitives

/// Keeps a copy of the kernel's links and addresses and reports what changes.
///
/// After an overrun of the netlink buffer it reads everything again and reports the differences, so an event can be
/// late or merged with another but no final state is ever missed.
public final class NetworkWatcher {
  /// The links by index.
  public private(set) var links: [UInt32: Link] = [:]
  /// The addresses of each interface, in the kernel's order, by interface index.
  public private(set) var addresses: [UInt32: [InterfaceAddress]] = [:]
  /// How often the buffer overran and everything was read again.
  public private(set) var overruns: UInt64 = 0

  /// For `EventLoop.watch`, priority `.packet`: a link going down matters as much as a packet.
  public let descriptor: FileDescriptor
  private let socket: NetlinkSocket

  /// Subscribes to changes of the calling thread's network namespace and reads the present state.
  public init() throws(SystemError) {
    socket = try NetlinkSocket()
    try socket.subscribe(groups: [RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR])
    descriptor = try socket.duplicateDescriptor()
    try reload { _ in }
  }

  /// The link called `name`.
  public func link(named name: String) -> Link? {
    links.values.first { $0.name == name }
  }

  /// The address of an interface that equals `address`, if it has it.
  public func address(_ address: IPAddress, on interface: UInt32) -> InterfaceAddress? {
    addresses[interface]?.first { $0.address == address }
  }

  /// Reads the pending messages, a bounded number, and reports what they change.
  public func process(_ report: (NetworkEvent) -> Void) throws(SystemError) {
    for _ in 0..<64 {
      switch try socket.receive({ apply($0, report) }) {
      case .messages: continue
      case .empty: return
      case .overrun:
        overruns += 1
        try reload(report)
        return
      }
    }
  }

  private func apply(_ message: NetlinkMessage, _ report: (NetworkEvent) -> Void) {
    switch message.kind {
    case RTM_NEWLINK: message.link.map { update($0, report) }
    case RTM_DELLINK: message.link.map { removeLink($0.index, report) }
    case RTM_NEWADDR: message.address.map { update($0, report) }
    case RTM_DELADDR: message.address.map { remove($0, sender: message.sender, report) }
    default: break
    }
  }

  private func update(_ link: Link, _ report: (NetworkEvent) -> Void) {
    let previous = links.updateValue(link, forKey: link.index)
    if previous != link { report(.link(link, previous: previous)) }
  }

  private func removeLink(_ index: UInt32, _ report: (NetworkEvent) -> Void) {
    for address in addresses.removeValue(forKey: index) ?? [] { report(.addressRemoved(address, sender: 0)) }
    if let link = links.removeValue(forKey: index) { report(.linkRemoved(link)) }
  }

  private func update(_ address: InterfaceAddress, _ report: (NetworkEvent) -> Void) {
    var list = addresses[address.interface] ?? []
    guard let place = list.firstIndex(where: { $0.isSame(as: address) }) else {
      addresses[address.interface, default: []].append(address)
      report(.address(address, previous: nil))
      return
    }
    let previous = list[place]
    guard previous != address else { return }
    list[place] = address
    addresses[address.interface] = list
    report(.address(address, previous: previous))
  }

  private func remove(_ address: InterfaceAddress, sender: UInt32, _ report: (NetworkEvent) -> Void) {
    guard let place = addresses[address.interface]?.firstIndex(where: { $0.isSame(as: address) }),
      let removed = addresses[address.interface]?.remove(at: place)
    else { return }
    report(.addressRemoved(removed, sender: sender))
  }

  /// Reads everything and reports the differences to what was known.
  private func reload(_ report: (NetworkEvent) -> Void) throws(SystemError) {
    // What is still queued is older than what is read now.
    while try socket.receive({ _ in }) != .empty {}
    var newLinks: [Link] = []
    var newAddresses: [InterfaceAddress] = []
    let reader = try NetlinkSocket()
    try reader.dump(RTM_GETLINK) { $0.link.map { newLinks.append($0) } }
    try reader.dump(RTM_GETADDR) { $0.address.map { newAddresses.append($0) } }
    removeMissing(newLinks, newAddresses, report)
    for link in newLinks { update(link, report) }
    for address in newAddresses { update(address, report) }
  }

  private func removeMissing(
    _ newLinks: [Link], _ newAddresses: [InterfaceAddress], _ report: (NetworkEvent) -> Void
  ) {
    let indexes = Set(newLinks.map(\.index))
    for index in links.keys.sorted() where !indexes.contains(index) { removeLink(index, report) }
    for list in addresses.keys.sorted().compactMap({ addresses[$0] }) {
      for address in list where !newAddresses.contains(where: { $0.isSame(as: address) }) {
        remove(address, sender: 0, report)
      }
    }
  }
}

extension InterfaceAddress {
  /// Whether both are the same address to the kernel, whatever their properties.
  fileprivate func isSame(as other: InterfaceAddress) -> Bool {
    interface == other.interface && prefix == other.prefix && peer == other.peer
  }
}
