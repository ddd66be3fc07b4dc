import KeepalivedConfig
import NetPrimitives
import ScriptHelper
import Testing
import VRRPCore

@testable import vrrpd

@Suite("Mails") struct MailerTests {
  private func global(_ change: (inout GlobalDefinitions) -> Void = { _ in }) -> GlobalDefinitions {
    var global = GlobalDefinitions()
    global.smtpServer = "192.0.2.25"
    global.notificationEmail = ["ops@example.net", "noc@example.net"]
    change(&global)
    return global
  }

  private func command(
    _ global: GlobalDefinitions, _ notification: VRRPCore.Notification
  ) -> ScriptHelper.ScriptCommand? {
    Mailer(global, host: "r1", user: .root)?
      .command(for: notification, type: .instance, name: "VI_1", facts: ["Priority 100, configured 100."])
  }

  @Test("a mail has keepalived's subject, the facts, and every recipient")
  func content() throws {
    let words = try #require(command(global(), .master)).arguments
    #expect(words.contains("[r1] VRRP Instance VI_1 - Entering MASTER state"))
    #expect(words.suffix(2) == ["ops@example.net", "noc@example.net"])
    #expect(words.contains { $0.contains("Priority 100") } && words.contains("keepalived@r1"))
    let named = try #require(
      command(
        global {
          $0.routerID = "edge"
          $0.notificationEmailFrom = "r@example.net"
          $0.smtpHeloName = "edge.example.net"
          $0.smtpPort = 2_525
        }, .fault)
    ).arguments
    #expect(named.contains("[edge] VRRP Instance VI_1 - Entering FAULT state"))
    #expect(named.contains("r@example.net") && named.contains("edge.example.net") && named.contains("2525"))
  }

  @Test("there is none without a server or recipient, and none for what is no state")
  func none() {
    #expect(command(global { $0.smtpServer = nil }, .master) == nil)
    #expect(command(global { $0.notificationEmail = [] }, .master) == nil)
    #expect(command(global(), .masterReceivedLowerPriority) == nil)
    #expect(command(global { $0.noEmailFaults = true }, .fault) == nil)
    #expect(command(global { $0.noEmailFaults = true }, .backup) != nil)
  }

  @Test("however slow the server is, the mail has an end")
  func timeout() throws {
    let limit = try #require(command(global { $0.smtpConnectTimeout = .seconds(4_000) }, .master)).timeout
    #expect(limit == .seconds(600))
  }
}
