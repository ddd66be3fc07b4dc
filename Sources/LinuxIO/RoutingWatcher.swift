internal import CNetlink
internal import Glibc
internal import NetPrimitives

/// Hears when routes or rules of one origin are deleted. What was deleted it does not say: on a machine with a routing
/// daemon far more routes come and go than anybody here keeps, so who keeps some looks after them when told.
public final class RoutingWatcher {
  /// For `EventLoop.watch`.
  public let descriptor: FileDescriptor
  private let socket: NetlinkSocket
  private let origin: UInt8

  /// Subscribes to the calling thread's network namespace.
  public init(origin: UInt8) throws(SystemError) {
    self.origin = origin
    socket = try NetlinkSocket()
    try socket.subscribe(groups: [
      RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE,
    ])
    descriptor = try socket.duplicateDescriptor()
  }

  /// Reads pending messages, a bounded number. Returns the netlink port of who deleted something of our origin, 0 where
  /// messages were lost; `nil` where nothing was deleted.
  public func process() throws(SystemError) -> UInt32? {
    var sender: UInt32?
    for _ in 0..<256 {
      let reception = try socket.receive { message in
        switch message.kind {
        case RTM_DELROUTE where message.route?.origin == origin: sender = message.sender
        case RTM_DELRULE where message.rule?.origin == origin: sender = message.sender
        default: break
        }
      }
      switch reception {
      case .messages: continue
      case .empty: return sender
      case .overrun: return sender ?? 0
      }
    }
    return sender
  }
}
