internal import Glibc

/// Text for the person at the terminal, written at once.
public enum Terminal {
  /// Writes a line to standard output.
  public static func say(_ line: String) { write(line + "\n", to: 1) }

  /// Writes a line to standard error.
  public static func complain(_ line: String) { write(line + "\n", to: 2) }

  /// Writes text to standard output as it is.
  public static func show(_ text: String) { write(text, to: 1) }

  /// Whether standard output is a terminal.
  public static var isInteractive: Bool { isatty(1) == 1 }

  private static func write(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 && errno == EINTR { continue }
      // Nobody reads any more: there is nobody to tell.
      guard written > 0 else { return }
      rest = rest.dropFirst(written)
    }
  }
}
