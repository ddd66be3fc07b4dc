internal import Glibc

/// Text for the person at the terminal, written at once, and with nothing in it that steers the terminal but colors.
public enum Terminal {
  /// Writes a line to standard output.
  public static func say(_ line: String) { try? write(line + "\n", to: 1) }

  /// Writes a line to standard error.
  public static func complain(_ line: String) { try? write(line + "\n", to: 2) }

  /// Writes text to standard output.
  public static func show(_ text: String) throws(SystemError) { try write(text, to: 1) }

  /// Writes text in the place of what the terminal shows: from the top left, every line clears what was there before, the
  /// end clears the rest.
  public static func redraw(_ text: String) throws(SystemError) {
    let lines = PrintableText.lines(text).split(separator: "\n", omittingEmptySubsequences: false)
    try write(raw: "\u{1B}[H" + lines.joined(separator: "\u{1B}[K\n") + "\u{1B}[J", to: 1)
  }

  /// Whether standard output leads somewhere still: false where it is a pipe or a socket whose reader is gone. What
  /// writes rarely would find out late.
  public static var hasReader: Bool { hasReader(1) }

  static func hasReader(_ number: Int32) -> Bool {
    var output = pollfd(fd: number, events: 0, revents: 0)
    return unsafe poll(&output, 1, 0) < 1 || output.revents & Int16(POLLERR | POLLHUP) == 0
  }

  /// Ends the process.
  public static func leave(status: Int32) -> Never { exit(status) }

  /// Whether standard output is a terminal.
  public static var isInteractive: Bool { isatty(1) == 1 }

  static func write(_ text: String, to number: Int32) throws(SystemError) {
    try write(raw: PrintableText.lines(text), to: number)
  }

  private static func write(raw text: String, to number: Int32) throws(SystemError) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      do throws(SystemError) {
        let written = try check("write") {
          unsafe rest.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
        }
        rest = rest.dropFirst(written)
      } catch {
        // Somebody made it non-blocking; its reader is merely slow.
        guard error.code == .wouldBlock else { throw error }
        var output = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&output, 1, -1)
      }
    }
  }
}
