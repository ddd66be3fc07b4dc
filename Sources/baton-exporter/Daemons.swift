import ControlClient
import ControlInterface
import Logging
import Metrics
import NetPrimitives
import Synchronization

/// Both daemons, as they are read for one scrape: over new connections, so that a daemon that was restarted is found
/// again and none that hangs is waited for longer than once.
final class Daemons: Sendable {
  private let bfdSocket: String
  private let vrrpSocket: String
  private let patience: Interval
  private let logger: Logger
  /// Why a daemon did not answer the last time, by its name; absent where it did.
  private let troubles = Mutex<[String: String]>([:])

  /// The daemons behind these control sockets; each may take `patience` to answer a call.
  init(bfd: String, vrrp: String, patience: Interval, logger: Logger) {
    bfdSocket = bfd
    vrrpSocket = vrrp
    self.patience = patience
    self.logger = logger
  }

  /// Asks bfdd; waits for the answer. `nil` where there is none.
  func bfd() -> BFDAnswer? {
    answer(of: .bfdctl) { () throws(ToolError) in
      let client = try DaemonClient(path: bfdSocket, patience: patience)
      let info = try client.call("dev.baton.bfd.Info", as: InfoReply<BFDInfo>.self).info
      return BFDAnswer(info: info, sessions: try client.call("dev.baton.bfd.List", as: SessionsReply.self).sessions)
    }
  }

  /// Asks vrrpd; waits for the answer. `nil` where there is none.
  func vrrp() -> VRRPAnswer? {
    answer(of: .vrrpctl) { () throws(ToolError) in
      let client = try DaemonClient(path: vrrpSocket, patience: patience)
      let info = try client.call("dev.baton.vrrp.Info", as: InfoReply<VRRPInfo>.self).info
      return VRRPAnswer(
        info: info, instances: try client.call("dev.baton.vrrp.List", as: InstancesReply.self).instances)
    }
  }

  /// The answer; where it fails otherwise than the last time, or no longer, a line in the log says so.
  private func answer<Answer>(of tool: Tool, _ ask: () throws(ToolError) -> Answer) -> Answer? {
    do throws(ToolError) {
      let answer = try ask()
      if troubles.withLock({ $0.removeValue(forKey: tool.daemon) }) != nil { logger.notice("\(tool.daemon) answers") }
      return answer
    } catch {
      let text = error.text(daemon: tool.daemon)
      if troubles.withLock({ $0.updateValue(text, forKey: tool.daemon) }) != text { logger.warning("\(text)") }
      return nil
    }
  }
}
