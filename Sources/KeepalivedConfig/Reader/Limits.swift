/// What one configuration may cost. Every file is finite work: no input makes reading it hang or exhaust memory.
enum Limits {
  /// The length of one file in bytes.
  static let fileBytes = 16 << 20
  /// The length of one line, also after substitution. keepalived's is 1023.
  static let lineBytes = 16_384
  /// Substitutions in one line.
  static let substitutionsPerLine = 200
  /// How deep includes, repetitions and multi-line definitions may nest.
  static let nesting = 32
  /// Files read, includes counted each time.
  static let files = 4_096
  /// Lines after all includes and repetitions.
  static let lines = 2_000_000
  /// Bytes written by substitutions, in all lines together.
  static let substitutedBytes = 64 << 20
  /// Findings reported.
  static let findings = 1_000
  /// Alternatives that the braces of one include pattern may stand for.
  static let includeAlternatives = 256
}
