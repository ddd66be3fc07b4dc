/// One mail by SMTP (RFC 5321), from the server's greeting to QUIT: what to say next after each answer. It knows no
/// socket.
struct SMTPDialogue {
  /// What is to be done after an answer.
  enum Step: Equatable {
    /// Say this, and wait for the answer.
    case say(String)
    /// More of the answer has to come.
    case wait
    /// The server has the mail; say this, and leave.
    case delivered(String)
    /// The server does not want it, for this reason.
    case refused(String)
  }

  private enum Stage {
    case greeting, extendedHello, hello, sender
    /// The recipients from this one on are still to be told.
    case recipient(Int)
    case data, text
  }

  private let mail: Mail
  private let date: String
  private let identifier: String
  private var stage = Stage.greeting
  private var acceptedRecipients = 0
  private var lastRefusal = ""

  /// `date` and `identifier` become the header fields Date and Message-ID.
  init(_ mail: Mail, date: String, identifier: String) {
    self.mail = mail
    self.date = date
    self.identifier = identifier
  }

  /// Takes one line of the server's, without its end.
  mutating func receive(_ line: String) -> Step {
    let bytes = Array(line.utf8)
    guard bytes.count >= 3, let code = Int(line.prefix(3)), (200...599).contains(code) else {
      return .refused("the server does not speak SMTP: \(line)")
    }
    // A dash behind the number says that the answer has more lines.
    if bytes.count > 3, bytes[3] == UInt8(ascii: "-") { return .wait }
    switch stage {
    case .greeting:
      guard code == 220 else { return .refused(line) }
      stage = .extendedHello
      return .say("EHLO \(mail.helloName)")
    case .extendedHello:
      guard code == 250 else {
        stage = .hello
        return .say("HELO \(mail.helloName)")
      }
      return sayMail()
    case .hello:
      guard code == 250 else { return .refused(line) }
      return sayMail()
    case .sender:
      guard code == 250 else { return .refused(line) }
      return sayRecipient(0)
    case .recipient(let index):
      // One wrong address must not keep the mail from the others.
      if code == 250 || code == 251 { acceptedRecipients += 1 } else { lastRefusal = line }
      guard index + 1 == mail.recipients.count else { return sayRecipient(index + 1) }
      guard acceptedRecipients > 0 else { return .refused(lastRefusal) }
      stage = .data
      return .say("DATA")
    case .data:
      guard code == 354 else { return .refused(line) }
      stage = .text
      return .say(message)
    case .text:
      guard code == 250 else { return .refused(line) }
      return .delivered("QUIT")
    }
  }

  private mutating func sayMail() -> Step {
    stage = .sender
    return .say("MAIL FROM:<\(Self.path(mail.sender))>")
  }

  private mutating func sayRecipient(_ index: Int) -> Step {
    stage = .recipient(index)
    return .say("RCPT TO:<\(Self.path(mail.recipients[index]))>")
  }

  /// The whole message up to the final dot; the end of its last line is left to whoever sends it.
  private var message: String {
    let header = [
      "Date: \(date)", "From: \(Self.printable(mail.sender))",
      "To: \(mail.recipients.map(Self.printable).joined(separator: ",\r\n "))",
      "Subject: \(Self.printable(mail.subject))", "Message-ID: <\(identifier)>", "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit",
    ]
    // A line that begins with a dot gets a second one, or the server would take it for the end (RFC 5321 4.5.2).
    let text = mail.body.map { $0.hasPrefix(".") ? "." + Self.printable($0) : Self.printable($0) }
    return (header + [""] + text + ["."]).joined(separator: "\r\n")
  }

  /// Names come from the configuration: none of them may begin a header field or command of its own.
  private static func printable(_ text: String) -> String {
    String(decoding: text.utf8.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
  }

  /// The address in "Name <address>", or the whole text.
  private static func path(_ address: String) -> String {
    let text = printable(address)
    guard let start = text.lastIndex(of: "<"), let end = text.lastIndex(of: ">"), start < end else {
      return String(text.filter { $0 != "<" && $0 != ">" })
    }
    return String(text[text.index(after: start)..<end])
  }
}
