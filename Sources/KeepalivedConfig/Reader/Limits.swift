/// What one configuration may cost. Every file is finite work: no input makes reading it hang or exhaust memory.
struct Limits {
  /// The length of one file in bytes.
  var fileBytes = 16 << 20
  /// The length of one line, also after substitution. keepalived's is 1023.
  var lineBytes = 16_384
  /// Substitutions in one line.
  var substitutionsPerLine = 200
  /// How deep includes, repetitions and multi-line definitions may nest.
  var nesting = 32
  /// Names that includes try, each time they do.
  var includes = 4_096
  /// The bytes of all lines after includes and repetitions, every line counted with `lineCost` more.
  var work = 128 << 20
  /// What a line costs beside its bytes, in the same unit: a million empty lines are the limit.
  var lineCost = 128
  /// The bytes of a definition of several lines.
  var definitionBytes = 65_536
  /// Bytes written by substitutions, in all lines together.
  var substitutedBytes = 64 << 20
  /// Errors reported, and as many warnings and notes.
  var findings = 1_000
  /// The length of an include's pattern.
  var patternBytes = 4_096
}
