public import NetPrimitives

/// A mail about a change, and the server that takes it.
public struct Mail: Hashable, Sendable {
  /// The mail server: a name or an address.
  public var server: String
  /// Its port.
  public var port: UInt16
  /// How long connecting, and every answer, may take.
  public var timeout: Interval
  /// What we call ourselves in EHLO.
  public var helloName: String
  /// Who sends it.
  public var sender: String
  /// Who gets it; not empty.
  public var recipients: [String]
  /// The subject.
  public var subject: String
  /// The text, in lines.
  public var body: [String]

  /// A mail without text.
  public init(
    server: String, port: UInt16, timeout: Interval, helloName: String, sender: String, recipients: [String],
    subject: String
  ) {
    self.server = server
    self.port = port
    self.timeout = timeout
    self.helloName = helloName
    self.sender = sender
    self.recipients = recipients
    self.subject = subject
    body = []
  }

  /// The command by which the helper sends it as `user`: this program, in a process of its own. However slow the server
  /// is, the process ends.
  public func command(as user: ScriptUser) -> ScriptCommand {
    var arguments = [
      "/proc/self/exe", MailProcess.keyword, server, String(port), String(timeout.nanoseconds), helloName, sender,
      subject,
      body.joined(separator: "\n"),
    ]
    arguments += recipients
    // Connecting, the greeting, and the answers to EHLO, HELO, MAIL, RCPT, DATA, the text and QUIT.
    return ScriptCommand(arguments, user: user, timeout: min(timeout * Int64(9 + recipients.count), .seconds(600)))
  }

  /// The mail that `arguments` (the program's name and the keyword included) describe.
  init?(arguments: [String]) {
    guard arguments.count >= 10, arguments[1] == MailProcess.keyword, let port = UInt16(arguments[3]),
      let nanoseconds = Int64(arguments[4])
    else { return nil }
    self.init(
      server: arguments[2], port: port, timeout: Interval(nanoseconds: nanoseconds), helloName: arguments[5],
      sender: arguments[6], recipients: Array(arguments[9...]), subject: arguments[7])
    body = arguments[8].split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}
