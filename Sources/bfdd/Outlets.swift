import BFDCore
import LinuxIO
import NetPrimitives

/// The outlets of all sessions, by slot, and the sockets behind them.
///
/// The source port of a session should be its own (RFC 5881 4). With many sessions that is expensive: a packet that
/// leaves by another socket than the one before takes its own system call, and finds nothing of its socket in the
/// processor's cache. So the first sessions have sockets of their own, and those beyond share one with all that send from
/// the same address in the same way.
struct Outlets {
  /// How many sessions have a source port of their own.
  static let ownLimit = 64

  private var outlets: ContiguousArray<Outlet?> = []
  private var ownCount = 0
  private var sharedSockets: [SharedSocket.Key: SharedSocket] = [:]
  /// Those of `sharedSockets`, for going through them without a dictionary.
  private var flushing: ContiguousArray<SharedSocket> = []

  /// The outlet of the session in `slot`; `nil` while it has none.
  subscript(slot: Int) -> Outlet? { slot < outlets.count ? outlets[slot] : nil }

  /// Opens an outlet for the session in `slot` in place of the one it may have. `port` is the source port to use if that
  /// can be. Returns the one that is used.
  mutating func open(
    _ slot: Int, _ plan: SessionPlan, interface: UInt32, vrf: UInt32, port: UInt16
  ) throws(SystemError) -> UInt16 {
    close(slot)
    while outlets.count <= slot { outlets.append(nil) }
    let outlet: Outlet
    if ownCount < Self.ownLimit || Outlet.mustBeOwn(plan) {
      outlet = try Outlet(plan, interface: interface, vrf: vrf, port: port)
      ownCount += 1
    } else {
      let key = SharedSocket.Key(plan, interface: interface, vrf: vrf)
      outlet = Outlet(plan, interface: interface, vrf: vrf, sharing: try socket(key, port: port))
    }
    outlets[slot] = outlet
    return outlet.port
  }

  private mutating func socket(_ key: SharedSocket.Key, port: UInt16) throws(SystemError) -> SharedSocket {
    if let socket = sharedSockets[key] { return socket }
    let socket = try SharedSocket(key, port: port)
    sharedSockets[key] = socket
    flushing.append(socket)
    return socket
  }

  /// Closes the outlet of the session in `slot`, if it has one, and the socket behind it when nobody else uses that.
  mutating func close(_ slot: Int) {
    guard let outlet = self[slot] else { return }
    outlets[slot] = nil
    guard let shared = outlet.shared else { return ownCount -= 1 }
    guard !outlets.contains(where: { $0?.shared === shared }) else { return }
    flushing.removeAll { $0 === shared }
    sharedSockets = sharedSockets.filter { $0.value !== shared }
  }

  /// Sends as `plan` says from now on; `false` where that takes another outlet.
  func adapt(_ slot: Int, to plan: SessionPlan) throws(SystemError) -> Bool {
    try self[slot]?.adapt(to: plan) ?? true
  }

  /// Sends packets other than echo, in the order in which they stand where they leave by the same socket. `failure` is told of each that
  /// could not be sent, and whether its error is a new one.
  func send(
    _ transmissions: ContiguousArray<Transmission>, failure: (_ slot: Int, SystemError, _ isNews: Bool) -> Void
  ) {
    for index in transmissions.indices {
      let transmission = transmissions[index]
      guard !transmission.isEcho, let outlet = self[transmission.slot] else { continue }
      do throws(SystemError) {
        if outlet.isPadded {
          try outlet.sendPadded(transmission)
        } else {
          while try !outlet.send(transmission) { flush(failure) }
        }
        if outlet.error != nil { outlet.sent() }
      } catch {
        note(error, transmission.slot, failure)
      }
    }
    flush(failure)
  }

  private func flush(_ failure: (_ slot: Int, SystemError, _ isNews: Bool) -> Void) {
    for index in flushing.indices { flushing[index].flush { slot, error in note(error, slot, failure) } }
  }

  private func note(
    _ error: SystemError, _ slot: Int, _ failure: (_ slot: Int, SystemError, _ isNews: Bool) -> Void
  ) {
    failure(slot, error, self[slot]?.refused(error) == true)
  }
}
