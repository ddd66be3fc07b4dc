public import NetPrimitives

/// What the driver must do for a router, in the order given.
public enum Effect: Equatable, Sendable {
  /// Send this VRRP message to this address; with `auth_type AH` it is a whole IP packet.
  case sendAdvertisement([UInt8], to: IPAddress)
  /// Put all virtual addresses on their interfaces.
  case addAddresses
  /// Take all virtual addresses off their interfaces.
  case removeAddresses
  /// Announce these virtual addresses, by their index in `addresses` followed by the excluded ones.
  case announce(Range<Int>)
  /// Announce the router's own source address, so that its neighbors know where to send to.
  case announceSource
  /// Run the notification scripts.
  case notify(Notification, priority: UInt8)
  /// The state changed; tell subscribers and the log.
  case stateChanged(Transition)
  /// The effective priority changed; tell subscribers and the log.
  case priorityChanged(from: UInt8, to: UInt8)
  /// Tell the log.
  case notice(Notice)
}

/// The events about which notification scripts are run, by keepalived's words.
public enum Notification: String, Hashable, Sendable, CaseIterable {
  /// `notify_master`.
  case master = "MASTER"
  /// `notify_backup`.
  case backup = "BACKUP"
  /// `notify_fault`.
  case fault = "FAULT"
  /// `notify_stop`.
  case stop = "STOP"
  /// `notify_deleted`.
  case deleted = "DELETED"
  /// `notify_master_rx_lower_pri`.
  case masterReceivedLowerPriority = "MASTER_RX_LOWER_PRI"
}

/// Things worth one line in the log that change no state.
public enum Notice: Hashable, Sendable {
  /// Another router is active beside us, with a priority that is not better than ours.
  case dualMaster(IPAddress, priority: UInt8)
  /// The BFD takeover was wrong: this router is alive.
  case falseTakeover(IPAddress)
  /// A tracked BFD session died with the active router, so that we do not wait for VRRP's own timer.
  case takeoverTriggered(session: String)
  /// We were not scheduled for this long.
  case stalled(Interval)
  /// This router advertises other addresses than ours.
  case addressesDiffer(IPAddress)
}
