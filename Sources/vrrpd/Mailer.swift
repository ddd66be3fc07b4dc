import KeepalivedConfig
import NetPrimitives
import ScriptHelper
import VRRPCore

/// Words the mails of `smtp_alert`. The script helper sends them.
struct Mailer {
  private let global: GlobalDefinitions
  private let server: String
  private let host: String
  private let user: ScriptHelper.ScriptUser

  /// A mailer where `global` names a server and somebody to write to. `host` is this machine's name; mails are sent by a
  /// process of `user`.
  init?(_ global: GlobalDefinitions, host: String, user: ScriptHelper.ScriptUser) {
    guard let server = global.smtpServer, !global.notificationEmail.isEmpty else { return nil }
    self.global = global
    self.server = server
    self.host = host
    self.user = user
  }

  /// The mail about an instance or group called `name`; `nil` where that is none to write about.
  func command(
    for notification: VRRPCore.Notification, type: NotificationCommands.Subject, name: String, facts: [String]
  ) -> ScriptHelper.ScriptCommand? {
    guard let what = words(notification) else { return nil }
    let kind = type == .instance ? "VRRP Instance" : "VRRP Group"
    var mail = Mail(
      server: server, port: global.smtpPort, timeout: global.smtpConnectTimeout,
      helloName: global.smtpHeloName ?? host, sender: global.notificationEmailFrom ?? "keepalived@\(host)",
      recipients: global.notificationEmail, subject: "[\(global.routerID ?? host)] \(kind) \(name) - \(what)")
    mail.body = ["\(kind) \(name) on \(host): \(what)."] + facts
    return mail.command(as: user)
  }

  /// keepalived's words for a subject, so that filters of mails go on working.
  private func words(_ notification: VRRPCore.Notification) -> String? {
    switch notification {
    case .master: "Entering MASTER state"
    case .backup: "Entering BACKUP state"
    case .fault: global.noEmailFaults ? nil : "Entering FAULT state"
    case .stop: "Stopping"
    case .deleted: "Deleted"
    case .masterReceivedLowerPriority: nil
    }
  }
}

extension Mailer {
  /// What a mail says about an instance beside its state.
  static func facts(of instance: Instance) -> [String] {
    let router = instance.router
    var facts = [
      "Interface \(instance.configuration.interface), virtual router \(instance.configuration.virtualRouterID).",
      "Priority \(router.effectivePriority), configured \(instance.configuration.priority).",
      "Addresses: "
        + instance.configuration.allAddresses.map { "\($0.prefix)" }.joined(separator: ", "),
    ]
    if let last = router.history.transitions.last { facts.append("Reason: \(last.text(of: router))") }
    if let master = router.masterAddress { facts.append("Active router: \(master)") }
    return facts
  }
}
