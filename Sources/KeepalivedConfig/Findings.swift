/// Collects the findings of one run over a configuration, and the names of the files that positions refer to.
final class Findings {
  private let limit: Int
  private(set) var files: [String] = []
  private var found: [(position: Position, kind: Diagnostic.Kind, message: String)] = []
  private var reported: Set<Report> = []
  private var silenced: Set<Position> = []
  private var errorCount = 0
  private var hasTooManyWarnings = false
  /// Nothing more needs to be read.
  private(set) var hasTooManyErrors = false

  private struct Report: Hashable {
    var position: Position
    var message: String
  }

  private var said: Set<String> = []

  init(limit: Int) { self.limit = limit }

  /// Enters a file and returns its index.
  func enter(file: String) -> Int32 {
    files.append(file)
    return Int32(files.count - 1)
  }

  /// Keeps back all further findings about the line of `position`: they only follow from the last one.
  func silence(_ position: Position) { silenced.insert(position.lineStart) }

  func add(_ kind: Diagnostic.Kind, _ position: Position, _ message: String) {
    guard !silenced.contains(position.lineStart) else { return }
    let count = kind == .error ? errorCount : found.count - errorCount
    guard count < limit else { return overflow(kind, position) }
    // A line that is repeated makes the same mistake each time.
    guard reported.insert(Report(position: position, message: message)).inserted else { return }
    if kind == .error { errorCount += 1 }
    found.append((position, kind, message))
  }

  /// Too many errors end the reading; too many warnings only end the reporting of warnings.
  private func overflow(_ kind: Diagnostic.Kind, _ position: Position) {
    guard kind == .error else {
      if !hasTooManyWarnings { found.append((position, .warning, "further warnings are not shown")) }
      return hasTooManyWarnings = true
    }
    if !hasTooManyErrors { found.append((position, .error, "more than \(limit) errors; the rest is not read")) }
    hasTooManyErrors = true
  }

  /// The same for a place that is known by its location already.
  func add(_ kind: Diagnostic.Kind, _ location: SourceLocation, _ message: String) {
    guard !hasTooManyErrors else { return }
    let file = files.firstIndex(of: location.file) ?? 0
    add(
      kind, Position(file: Int32(file), line: Int32(clamping: location.line), column: Int32(clamping: location.column)),
      message)
  }

  func error(_ position: Position, _ message: String) { add(.error, position, message) }
  func error(_ location: SourceLocation, _ message: String) { add(.error, location, message) }
  func warning(_ position: Position, _ message: String) { add(.warning, position, message) }

  /// Adds a finding about `subject` unless there was one before: what is true of a keyword is said at its first use.
  func once(_ kind: Diagnostic.Kind, _ position: Position, about subject: String, _ message: String) {
    if said.insert(subject).inserted { add(kind, position, message) }
  }

  func location(_ position: Position) -> SourceLocation {
    SourceLocation(
      file: files.indices.contains(Int(position.file)) ? files[Int(position.file)] : "",
      line: Int(position.line), column: Int(position.column))
  }

  /// Everything found, in the order of the files' first lines, then by place.
  var sorted: [Diagnostic] {
    found.enumerated()
      .sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }
      .map { Diagnostic($0.element.kind, at: location($0.element.position), $0.element.message) }
  }
}
