internal import CNetlink
internal import Glibc
public import NetPrimitives

/// Links that are made and removed.
extension NetworkConfigurator {
  /// Makes a macvlan in private mode, down, with an Ethernet address of its own, on the link with index `parent`. `exists`
  /// where there is a link of that name, `noSuchDevice` where the parent is gone, `notSupported` where the kernel has no
  /// macvlan.
  public func addMacvlan(_ name: String, on parent: UInt32, address: MACAddress) throws(SystemError) {
    try addLink(name, on: parent, kind: "macvlan", address: address) { request throws(SystemError) in
      try request.put(IFLA_MACVLAN_MODE, UInt32(MACVLAN_MODE_PRIVATE.rawValue))
    }
  }

  /// Makes an ipvlan in L2 mode, down, on the link with index `parent`, whose Ethernet address it has. `flags`: 0 bridge,
  /// 1 private, 2 vepa. Throws as `addMacvlan`; `busy` where the parent has macvlans.
  public func addIPVLAN(_ name: String, on parent: UInt32, flags: UInt16) throws(SystemError) {
    try addLink(name, on: parent, kind: "ipvlan", address: nil) { request throws(SystemError) in
      try request.put(IFLA_IPVLAN_MODE, [UInt16(IPVLAN_MODE_L2.rawValue)])
      try request.put(IFLA_IPVLAN_FLAGS, [flags])
    }
  }

  private func addLink(
    _ name: String, on parent: UInt32, kind: String, address: MACAddress?,
    data: (NetlinkRequest) throws(SystemError) -> Void
  ) throws(SystemError) {
    let request = try NetlinkRequest(RTM_NEWLINK, flags: NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL)
    try request.append(ifinfomsg())
    try request.put(IFLA_IFNAME, text: name)
    try request.put(IFLA_LINK, parent)
    if let address { try request.put(IFLA_ADDRESS, address.bytes) }
    try request.nest(IFLA_LINKINFO) { () throws(SystemError) in
      try request.put(IFLA_INFO_KIND, text: kind)
      try request.nest(IFLA_INFO_DATA) { () throws(SystemError) in try data(request) }
    }
    try send(request, "RTM_NEWLINK")
  }

  /// Removes a link with its addresses. `noSuchDevice` where it is gone.
  public func removeLink(_ index: UInt32) throws(SystemError) {
    let request = try NetlinkRequest(RTM_DELLINK, flags: NLM_F_ACK)
    var header = ifinfomsg()
    header.ifi_index = Int32(bitPattern: index)
    try request.append(header)
    try send(request, "RTM_DELLINK")
  }
}
