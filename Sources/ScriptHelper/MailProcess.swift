import LinuxIO
import NetPrimitives

/// A process that sends one mail and ends: the same program, started by the script helper under a keyword of its own. It
/// may wait for the name service and the server; nobody waits for it.
enum MailProcess {
  /// The word behind the program's name that makes it such a process.
  static let keyword = "--send-mail"

  /// Sends the mail that `arguments` describe; the exit status. What went wrong is the last line on standard error.
  static func run(_ arguments: [String]) -> Int32 {
    guard let mail = Mail(arguments: arguments) else { return 64 }
    do {
      try send(mail)
      return 0
    } catch {
      Terminal.complain("\(mail.server) port \(mail.port): \(error)")
      return 1
    }
  }

  private struct Refusal: Error, CustomStringConvertible {
    let description: String
  }

  private static func send(_ mail: Mail) throws {
    let stream = try StreamConnection.connect(toHost: mail.server, port: mail.port, timeout: mail.timeout)
    let now = WallClock.now() / 1_000_000_000
    let identifier = "\(WallClock.now()).\(ProcessControl.pid)@\(mail.helloName)"
    var dialogue = SMTPDialogue(mail, date: MailDate.text(secondsSinceEpoch: now), identifier: identifier)
    var input: [UInt8] = []
    while true {
      switch dialogue.receive(try line(from: stream, &input, within: mail.timeout)) {
      case .say(let text): try write(text, to: stream, within: mail.timeout)
      case .wait: break
      case .delivered(let text):
        // It has the mail: how it says goodbye does not matter.
        try? write(text, to: stream, within: mail.timeout)
        _ = try? line(from: stream, &input, within: mail.timeout)
        return
      case .refused(let reason): throw Refusal(description: reason)
      }
    }
  }

  /// The next line, without its end.
  private static func line(
    from stream: StreamConnection, _ input: inout [UInt8], within timeout: Interval
  ) throws -> String {
    let deadline = MonotonicClock.now() + timeout
    while true {
      if let end = input.firstIndex(of: UInt8(ascii: "\n")) {
        let line = input[..<end].filter { $0 != UInt8(ascii: "\r") }
        input.removeFirst(end + 1)
        return String(decoding: line, as: UTF8.self)
      }
      guard input.count <= 4_096 else { throw Refusal(description: "an answer is too long for SMTP") }
      let rest = max(.zero, deadline - MonotonicClock.now())
      guard try stream.descriptor.wait(timeout: rest) else { throw Refusal(description: "no answer within \(timeout)") }
      if case .endOfStream = try stream.read(into: &input, limit: 4_096) {
        throw Refusal(description: "the server closed the connection")
      }
    }
  }

  private static func write(_ text: String, to stream: StreamConnection, within timeout: Interval) throws {
    var rest = Array((text + "\r\n").utf8)
    while !rest.isEmpty {
      guard try stream.descriptor.wait(writing: true, timeout: timeout) else {
        throw Refusal(description: "nothing is read within \(timeout)")
      }
      if case .bytes(let count) = try stream.write(rest.span) { rest.removeFirst(count) }
    }
  }
}

/// A point in time as the header of a mail has it, in universal time (RFC 5322 3.3).
enum MailDate {
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  static func text(secondsSinceEpoch seconds: Int64) -> String {
    let (day, second) = (Int(seconds / 86_400), Int(seconds % 86_400))
    let (year, month, dayOfMonth) = calendar(day)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let time = "\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60))"
    return "\(days[day % 7]), \(dayOfMonth) \(months[month]) \(year) \(time) +0000"
  }

  /// Year, month (from 0) and day (from 1) of a day counted from 1 January 1970.
  private static func calendar(_ day: Int) -> (Int, Int, Int) {
    var (year, rest) = (1970, day)
    func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
    while rest >= (isLeap(year) ? 366 : 365) {
      rest -= isLeap(year) ? 366 : 365
      year += 1
    }
    let lengths = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    var month = 0
    while rest >= lengths[month] {
      rest -= lengths[month]
      month += 1
    }
    return (year, month, rest + 1)
  }
}
