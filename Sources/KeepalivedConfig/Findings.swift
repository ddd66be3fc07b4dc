/// Collects the findings of one run over a configuration, and the names of the files that positions refer to.
final class Findings {
  private let limit: Int
  private(set) var files: [String] = []
  private var found: [Found] = []
  private var reported: Set<Report> = []
  private var silenced: Set<Position> = []
  private var errorCount = 0
  /// How often an error was met so far, whether or not it is reported.
  private(set) var errorsMet = 0
  /// What an error means that says nothing else.
  var usualConsequence = Consequence.lineLeftOut
  /// How many errors so far leave out the object that is being resolved.
  private(set) var objectsLeftOut = 0
  /// The block at root level that is being read or resolved.
  var block: BlockName?
  private var hasTooManyWarnings = false
  /// Nothing more needs to be read.
  private(set) var hasTooManyErrors = false

  private struct Found {
    var position: Position
    var kind: Diagnostic.Kind
    var message: String
    var consequence: Consequence?
    var block: BlockName?
  }

  private struct Report: Hashable {
    var position: Position
    var message: String
  }

  private var said: Set<String> = []
  /// What no message may show.
  private var secrets = SecretText()
  private var services: (first: Position, count: Int)?

  init(limit: Int) { self.limit = limit }

  /// Enters a file and returns its index.
  func enter(file: String) -> Int32 {
    files.append(file)
    return Int32(files.count - 1)
  }

  /// Keeps back all further findings about the line of `position`: they only follow from the last one.
  func silence(_ position: Position) { silenced.insert(position.lineStart) }

  /// Leaves out the object that is being resolved, for an error that was met where it was read.
  func leaveOutObject() { objectsLeftOut += 1 }

  func add(
    _ kind: Diagnostic.Kind, _ position: Position, _ message: String, _ given: Consequence? = nil
  ) {
    let consequence = given ?? usualConsequence
    if kind == .error, case .objectLeftOut = consequence { objectsLeftOut += 1 }
    if kind == .error { errorsMet += 1 }
    guard !silenced.contains(position.lineStart) else { return }
    let count = kind == .error ? errorCount : found.count - errorCount
    guard count < limit else { return overflow(kind, position) }
    // A line that is repeated makes the same mistake each time.
    guard reported.insert(Report(position: position, message: message)).inserted else { return }
    if kind == .error { errorCount += 1 }
    append(kind, position, message, consequence)
  }

  private func append(
    _ kind: Diagnostic.Kind, _ position: Position, _ message: String, _ consequence: Consequence
  ) {
    found.append(
      Found(
        position: position, kind: kind, message: message, consequence: kind == .error ? consequence : nil, block: block)
    )
  }

  /// Too many errors end the reading; too many warnings only end the reporting of warnings.
  private func overflow(_ kind: Diagnostic.Kind, _ position: Position) {
    guard kind == .error else {
      if !hasTooManyWarnings { append(.warning, position, "further warnings are not shown", .lineLeftOut) }
      return hasTooManyWarnings = true
    }
    if !hasTooManyErrors { append(.error, position, "more than \(limit) errors; the rest is not read", .startRefused) }
    hasTooManyErrors = true
  }

  /// The same for a place that is known by its location already.
  func add(
    _ kind: Diagnostic.Kind, _ location: SourceLocation, _ message: String, _ consequence: Consequence? = nil
  ) {
    guard !hasTooManyErrors else { return }
    let file = files.firstIndex(of: location.file) ?? 0
    add(
      kind, Position(file: Int32(file), line: Int32(clamping: location.line), column: Int32(clamping: location.column)),
      message, consequence)
  }

  func error(_ position: Position, _ message: String, _ consequence: Consequence? = nil) {
    add(.error, position, message, consequence)
  }
  func error(_ location: SourceLocation, _ message: String, _ consequence: Consequence? = nil) {
    add(.error, location, message, consequence)
  }
  func warning(_ position: Position, _ message: String) { add(.warning, position, message) }

  /// Keeps the text of a line out of every message.
  func keepSecret(_ text: SourceText) { secrets.keep(text) }

  /// Counts a service that IPVS would provide.
  func countService(_ position: Position) { services = (services?.first ?? position, (services?.count ?? 0) + 1) }

  /// Says how many services are skipped: not a setting of little weight, but something that somebody relies on.
  func reportServices() {
    guard let (position, count) = services else { return }
    warning(
      position,
      "\(count) virtual_server block\(count == 1 ? " is" : "s are") skipped: IPVS is not part of Baton; "
        + "'keepalived -C -B' can go on with \(count == 1 ? "it" : "them")")
    services = nil
  }

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
      .map { _, found in
        Diagnostic(
          found.kind, at: location(found.position), secrets.shown(found.message, at: found.position),
          consequence: found.consequence, block: found.block)
      }
  }
}
