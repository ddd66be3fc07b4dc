/// A place in a configuration file: what a finding points at and what a model value remembers.
public struct SourceLocation: Hashable, Sendable {
  /// The file's path, as it was opened.
  public let file: String
  /// The line, from 1.
  public let line: Int
  /// The byte column in the original line, from 1. Behind a substitution: where the substituted text began.
  public let column: Int

  /// The place at `column` of `line` in `file`.
  public init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }
}

extension SourceLocation: CustomStringConvertible {
  /// `file:line:column`.
  public var description: String { "\(file):\(line):\(column)" }
}
