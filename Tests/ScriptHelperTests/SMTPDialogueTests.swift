import NetPrimitives
import Testing

@testable import ScriptHelper

@Suite struct SMTPDialogueTests {
  private func dialogue(
    recipients: [String] = ["a@example.net"], subject: String = "s", body: [String] = []
  ) -> SMTPDialogue {
    var mail = Mail(
      server: "mail", port: 25, timeout: .seconds(1), helloName: "r1", sender: "Router <r1@example.net>",
      recipients: recipients, subject: subject)
    mail.body = body
    return SMTPDialogue(mail, date: "D", identifier: "I")
  }

  @Test func aMailFromTheGreetingToQuit() {
    var smtp = dialogue(recipients: ["a@example.net", "B <b@example.net>"], body: [".hidden", "text"])
    #expect(smtp.receive("220-welcome") == .wait)
    #expect(smtp.receive("220 ready") == .say("EHLO r1"))
    #expect(smtp.receive("250-PIPELINING") == .wait)
    #expect(smtp.receive("250 SIZE 1000") == .say("MAIL FROM:<r1@example.net>"))
    #expect(smtp.receive("250 ok") == .say("RCPT TO:<a@example.net>"))
    #expect(smtp.receive("250 ok") == .say("RCPT TO:<b@example.net>"))
    #expect(smtp.receive("251 forwarded") == .say("DATA"))
    guard case .say(let text) = smtp.receive("354 go on") else { return #expect(Bool(false), "no text") }
    let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
    #expect(lines.contains("Subject: s") && lines.contains("Date: D") && lines.contains("Message-ID: <I>"))
    #expect(lines.suffix(4) == ["", "..hidden", "text", "."])
    #expect(smtp.receive("250 queued") == .delivered("QUIT"))
  }

  @Test func anOldServerIsGreetedByHELO() {
    var smtp = dialogue()
    #expect(smtp.receive("220 old") == .say("EHLO r1"))
    #expect(smtp.receive("502 what") == .say("HELO r1"))
    #expect(smtp.receive("250 hello") == .say("MAIL FROM:<r1@example.net>"))
  }

  @Test func oneWrongRecipientDoesNotKeepTheMailFromTheOthers() {
    var smtp = dialogue(recipients: ["wrong@x", "right@x"])
    for line in ["220 .", "250 .", "250 ."] { _ = smtp.receive(line) }
    #expect(smtp.receive("550 no such user") == .say("RCPT TO:<right@x>"))
    #expect(smtp.receive("250 ok") == .say("DATA"))
  }

  @Test(arguments: [0, 2, 3, 4, 5])
  func aRefusalEndsItWithTheServersWords(_ stage: Int) {
    var smtp = dialogue()
    for line in ["220 .", "250 .", "250 .", "250 .", "354 .", "250 ."].prefix(stage) { _ = smtp.receive(line) }
    #expect(smtp.receive("554 go away") == .refused("554 go away"))
  }

  @Test(arguments: ["", "HTTP/1.1 200 OK", "99", "999 x", "25x hello"])
  func whatIsNoAnswerIsRefused(_ line: String) {
    var smtp = dialogue()
    guard case .refused = smtp.receive(line) else { return #expect(Bool(false), "\(line)") }
  }

  @Test func aNameCannotBringAHeaderOrACommand() {
    var smtp = dialogue(recipients: ["a@x>\r\nRCPT TO:<evil@x"], subject: "s\r\nBcc: evil@x")
    for line in ["220 .", "250 ."] { _ = smtp.receive(line) }
    guard case .say(let recipient) = smtp.receive("250 .") else { return #expect(Bool(false)) }
    #expect(!recipient.contains("\n"))
    _ = smtp.receive("250 .")
    guard case .say(let text) = smtp.receive("354 .") else { return #expect(Bool(false)) }
    #expect(!text.contains("\nBcc:"))
  }

  @Test func datesAreThoseOfTheCalendar() {
    #expect(MailDate.text(secondsSinceEpoch: 0) == "Thu, 1 Jan 1970 00:00:00 +0000")
    #expect(MailDate.text(secondsSinceEpoch: 951_782_399) == "Mon, 28 Feb 2000 23:59:59 +0000")
    #expect(MailDate.text(secondsSinceEpoch: 951_782_400) == "Tue, 29 Feb 2000 00:00:00 +0000")
    #expect(MailDate.text(secondsSinceEpoch: 1_795_376_710) == "Sun, 22 Nov 2026 19:45:10 +0000")
  }
}
