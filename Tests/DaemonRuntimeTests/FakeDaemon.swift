import ControlInterface
import Varlink

@testable import DaemonRuntime

/// A bfdd without sessions on the wire.
final class FakeDaemon: BFDControl {
  typealias State = SessionInfo
  typealias Change = SessionChange

  var sessions: [SessionInfo]
  var performed: [String] = []
  /// How many objects were asked for.
  private(set) var objectsTold = 0
  var reloadError: VarlinkError?
  /// Reloads that are to be answered later; `nil` where each is answered at once.
  var pendingReloads: [DeferredReply]?

  static let service = ServiceDescription(
    vendor: "Baton", product: "test", version: "1", url: "https://example.org", interfaces: [.bfd])

  init(names: [String]) {
    sessions = names.map { SessionInfo(name: $0, neighbor: "192.0.2.1") }
  }

  var objectNames: [String] { sessions.map(\.name) }
  func object(named name: String) -> SessionInfo? {
    objectsTold += 1
    return sessions.first { $0.name == name }
  }

  func history(of name: String) -> [PastChange<SessionChange>]? { object(named: name).map { _ in [] } }

  var info: BFDInfo {
    var info = BFDInfo(
      daemon: DaemonInfo(
        name: "bfdd", version: "1", pid: 1, startTime: 2, configurationFile: "/f", configurationTime: 3,
        scheduling: "SCHED_OTHER"))
    info.numberOfSessions = sessions.count
    return info
  }

  func setAdminDown(_ isDown: Bool, session name: String) throws(VarlinkError) {
    guard let index = sessions.firstIndex(where: { $0.name == name }) else { throw .noSuchSession(name) }
    sessions[index].localState = isDown ? .adminDown : .down
    performed.append("\(name) \(isDown ? "down" : "up")")
  }

  func poll(session name: String) throws(VarlinkError) { throw .notUp(name) }

  func clearCounters(session name: String?) throws(VarlinkError) { performed.append("clear \(name ?? "all")") }

  func plan(file: String?) -> DeferredReply {
    let reply = DeferredReply()
    reply.complete(.success(PlanReply(plan: ReloadPlan(file: file ?? "/f", isAccepted: true, findings: []))))
    return reply
  }

  func reload(isForced: Bool) -> DeferredReply {
    performed.append("reload")
    let reply = DeferredReply()
    pendingReloads?.append(reply)
    if pendingReloads == nil { reply.complete(reloadError.map { .failure($0) } ?? .success(NoParameters())) }
    return reply
  }
}
