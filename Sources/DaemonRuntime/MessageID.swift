public import Logging

/// What a line of the log is about: a MESSAGE_ID of journald, by which lines are found whatever their words are
/// (`journalctl MESSAGE_ID=...`), and explained (`journalctl -x`). systemd/baton.catalog has a text for each.
///
/// An id never changes its meaning and is never used again.
public enum MessageID: String, CaseIterable, Sendable {
  /// A BFD session went Up.
  case sessionUp = "45be210c4a9c444db96e7f7f63f77af6"
  /// A BFD session left Up.
  case sessionDown = "43d4be8b943d46b587f2dd3cabef625b"
  /// A BFD session changed between states other than Up.
  case sessionChanged = "84852e7417a14507a90542594769668c"
  /// A BFD session waits for something this machine has not.
  case sessionWaiting = "b8d0ef49881349a6ae81e6c6602256ff"
  /// A BFD session has what it waited for.
  case sessionReady = "c65bfb02f9ae4e8991b989561566962c"
  /// A VRRP instance became master.
  case instanceMaster = "54e24da3130548a9bcce609076c56429"
  /// A VRRP instance became backup.
  case instanceBackup = "b1dc3de6d7a24d1bbe9464e406ef0ff4"
  /// A VRRP instance went to fault.
  case instanceFault = "3894238c14bf4ff0bff6d8a1cc121fdd"
  /// A VRRP instance stopped.
  case instanceStopped = "440ce3d3160c422686299160c1f8e9ed"
  /// The effective priority of an instance changed.
  case priorityChanged = "d9bafe0912844bcf98a68b201e9df881"
  /// Another router is master beside this one.
  case dualMaster = "0d6179961573468e96d0770b719a2c72"
  /// BFD saw the master die: the instance does not wait for VRRP's timer.
  case takeoverTriggered = "4e9c301fda394791846245e903d07036"
  /// The master that BFD lost is alive.
  case falseTakeover = "f31bd39b923b4f979e584f99e8416e90"
  /// The daemon was not run for longer than its peers wait.
  case stalled = "2aa01aeeef8449df96c4dcd553075910"
  /// The master advertises other addresses than the configured ones.
  case addressesDiffer = "7a78658dbb914edc8842cbed6720a4fe"
  /// Somebody else removed an address, route or rule of ours; it is put back.
  case addressPutBack = "4470e03581c74593a41d5301f9064834"
  /// Somebody else added a virtual address where this router is not master.
  case addressUnexpected = "cc181a84498245778fab25d54f71db62"
  /// An address, route or rule could not be added, removed or put back.
  case addressFailed = "d95846fe9bc049e2a83afd59bd6532b8"
  /// A tracked script changed its state.
  case scriptChanged = "ed466ec8c99040138979720d15b70931"
  /// vrrpd cannot reach bfdd.
  case bfdUnreachable = "dc15d67fa70e4bce9638c17f14812f96"
  /// vrrpd has bfdd's states.
  case bfdConnected = "d39d3bd507d847bd86ffab858b25411f"
  /// An operator took the router out of service, or put it back.
  case maintenance = "5e31607c9c6346d3b7b2c8d3fbc5d621"
  /// The configuration was read again.
  case configurationLoaded = "7f6d1008445a417e9f0bc0600493731a"
  /// The configuration has errors; the old one stays.
  case configurationRefused = "ca54bed4e8c34bbcb6fcf7992ae9ab59"
  /// Real-time scheduling, priority, affinity or locked memory was refused.
  case schedulingRefused = "24826b227a734333a7f323e5afd502b5"
  /// A packet was discarded.
  case packetRefused = "54e5f724a7914fa19befe8b3d20e81a7"
  /// A packet could not be sent.
  case sendFailed = "fbeb2eb486334364886fa2e876cf28ff"
  /// The kernel does not tell what it should about the network, or a socket fails.
  case networkTrouble = "e43898c6564949e89a0e1485473f9ab8"
  /// A client of the control socket got no place, or sent a call that is too large.
  case controlRefused = "230a364ff59d4d5087f1affdbceed063"
  /// Lines of one class were left out, for there were too many.
  case linesLeftOut = "3cc255cb394f432abd0279f634aed93d"
  /// Log lines were lost, for nobody read them. Written by `LogSink`.
  case linesLost = "040a12f4889c48fb8a6fbbbc3d9ac4ce"
}

/// What a line tells beside its words: a field of journald, in upper case there.
public enum LogField: String, Hashable, Sendable {
  /// A VRRP instance.
  case instance
  /// A BFD session.
  case session
  /// The state before.
  case from
  /// The state after.
  case to
  /// What made it change, as `history` tells it.
  case cause
  /// A neighbour's address.
  case neighbor
  /// An interface.
  case interface
  /// A virtual address, route or rule.
  case address
  /// A BFD diagnostic.
  case diagnostic
  /// An effective priority.
  case priority = "vrrp_priority"
  /// Why, in a word that is also a counter's name, or in words.
  case reason
  /// A script.
  case script
  /// A class of lines.
  case `class`
  /// How many lines were left out.
  case leftOut = "left_out"
}

extension Logger {
  /// Writes the line of an event. `message` says all that the fields say: without a journal it is all there is.
  public func log(
    _ id: MessageID, _ level: Logger.Level, _ message: @autoclosure () -> Logger.Message,
    _ fields: @autoclosure () -> [LogField: String] = [:]
  ) {
    guard logLevel <= level else { return }
    var metadata: Logger.Metadata = ["message_id": .string(id.rawValue)]
    for (field, value) in fields() { metadata[field.rawValue] = .string(value) }
    log(level: level, message(), metadata: metadata)
  }
}
