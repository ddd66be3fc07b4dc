import NetPrimitives

/// The number of one run, unique in the lifetime of a daemon.
typealias RunID = UInt64

/// Which of the helper's queues a run waits in, so that slow notifications never hold up checks, and a mail server that
/// hangs never holds up either.
enum ScriptLane: UInt8 {
  case check = 1
  case notify = 2
  case mail = 3
  /// Programs that are to run as long as the daemon: they have no timeout, and what they write is not kept.
  case service = 4
}

/// What the daemon says to the helper. One message is one datagram of a SOCK_SEQPACKET pair, so it needs no framing.
enum ScriptRequest: Hashable {
  /// Run `command`; exactly one report with the same `run` follows.
  case run(RunID, lane: ScriptLane, command: ScriptCommand)
  /// End the run as a timeout would, if it has not ended.
  case cancel(RunID)
  /// Say what would come of running the program, a path or a bare name, as the user; one `ScriptExamination` follows.
  case examine(String, user: ScriptUser)
  /// End the process groups that a predecessor left.
  case endGroups([Int32])
}

/// What the helper says about runs.
enum ScriptReply: Hashable {
  /// The run is a process group now, with this number.
  case started(RunID, group: Int32)
  /// It has ended, or never started.
  case ended(ScriptReport)
}

/// How a run ended.
struct ScriptReport: Hashable {
  var run: RunID
  var result: ScriptResult
}

/// Why a datagram is not a message. Both ends are the same program, so this means that one of them is broken.
struct MalformedMessage: Error, Hashable {}

/// The longest message either side sends or accepts, in bytes.
let scriptMessageLimit = 64 * 1024

extension ScriptRequest {
  private enum Kind { static let run: UInt8 = 1, cancel: UInt8 = 2, examine: UInt8 = 3, endGroups: UInt8 = 4 }

  /// The message as bytes; `nil` where it is longer than `scriptMessageLimit`.
  func encoded() -> [UInt8]? {
    var bytes: [UInt8] = []
    switch self {
    case .cancel(let run):
      bytes.append(Kind.cancel)
      bytes.append(number: run)
    case .endGroups(let groups):
      bytes.append(Kind.endGroups)
      bytes.append(bigEndian: UInt32(clamping: groups.count))
      for group in groups { bytes.append(bigEndian: UInt32(bitPattern: group)) }
    case .examine(let program, let user):
      bytes.append(Kind.examine)
      bytes.append(text: program)
      bytes.append(user: user)
    case .run(let run, let lane, let command):
      bytes.append(Kind.run)
      bytes.append(number: run)
      bytes.append(lane.rawValue)
      bytes.append(number: UInt64(bitPattern: command.timeout.nanoseconds))
      bytes.append(command.isSecured ? 1 : 0)
      bytes.append(bigEndian: command.fileMask)
      bytes.append(user: command.user)
      bytes.append(bigEndian: UInt32(clamping: command.arguments.count))
      for argument in command.arguments { bytes.append(text: argument) }
      bytes.append(bigEndian: UInt32(clamping: command.environment.count))
      for variable in command.environment {
        bytes.append(text: variable.name)
        bytes.append(text: variable.value)
      }
    }
    return bytes.count <= scriptMessageLimit ? bytes : nil
  }

  init(decoding bytes: Span<UInt8>) throws(MalformedMessage) {
    var cursor = MessageCursor()
    switch try cursor.byte(bytes) {
    case Kind.cancel:
      self = .cancel(try cursor.number(bytes))
    case Kind.endGroups:
      var groups: [Int32] = []
      for _ in 0..<(try cursor.count(bytes)) { groups.append(Int32(bitPattern: try cursor.word(bytes))) }
      self = .endGroups(groups)
    case Kind.examine:
      self = .examine(try cursor.text(bytes), user: try cursor.user(bytes))
    case Kind.run:
      let run = try cursor.number(bytes)
      guard let lane = ScriptLane(rawValue: try cursor.byte(bytes)) else { throw MalformedMessage() }
      let timeout = Interval(nanoseconds: Int64(bitPattern: try cursor.number(bytes)))
      let isSecured = try cursor.byte(bytes) != 0
      let fileMask = try cursor.word(bytes)
      let user = try cursor.user(bytes)
      var command = ScriptCommand([], user: user, timeout: timeout)
      command.isSecured = isSecured
      command.fileMask = fileMask
      for _ in 0..<(try cursor.count(bytes)) { command.arguments.append(try cursor.text(bytes)) }
      for _ in 0..<(try cursor.count(bytes)) {
        command.environment.append(.init(try cursor.text(bytes), try cursor.text(bytes)))
      }
      self = .run(run, lane: lane, command: command)
    default: throw MalformedMessage()
    }
    guard cursor.offset == bytes.count else { throw MalformedMessage() }
  }
}

extension ScriptReport {
  private enum Kind {
    static let exited: UInt8 = 1, signalled: UInt8 = 2, timedOut: UInt8 = 3, notExecuted: UInt8 = 4
    static let abandoned: UInt8 = 5
  }

  func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(number: run)
    let (kind, value): (UInt8, Int32) =
      switch result.outcome {
      case .exited(let status): (Kind.exited, status)
      case .signalled(let signal): (Kind.signalled, signal)
      case .timedOut: (Kind.timedOut, 0)
      case .notExecuted(let errno): (Kind.notExecuted, errno)
      case .abandoned: (Kind.abandoned, 0)
      }
    bytes.append(kind)
    bytes.append(bigEndian: UInt32(bitPattern: value))
    bytes.append(number: UInt64(bitPattern: result.duration.nanoseconds))
    bytes.append(result.errorLine == nil ? 0 : 1)
    if let line = result.errorLine { bytes.append(text: line) }
    return bytes
  }

  init(decoding bytes: Span<UInt8>) throws(MalformedMessage) {
    var cursor = MessageCursor()
    run = try cursor.number(bytes)
    let kind = try cursor.byte(bytes)
    let value = Int32(bitPattern: try cursor.word(bytes))
    let outcome: ScriptOutcome
    switch kind {
    case Kind.exited: outcome = .exited(status: value)
    case Kind.signalled: outcome = .signalled(value)
    case Kind.timedOut: outcome = .timedOut
    case Kind.notExecuted: outcome = .notExecuted(errno: value)
    case Kind.abandoned: outcome = .abandoned
    default: throw MalformedMessage()
    }
    let duration = Interval(nanoseconds: Int64(bitPattern: try cursor.number(bytes)))
    let hasLine = try cursor.byte(bytes) != 0
    result = ScriptResult(
      outcome: outcome, duration: duration, errorLine: hasLine ? try cursor.text(bytes) : nil)
    guard cursor.offset == bytes.count else { throw MalformedMessage() }
  }
}

extension ScriptReply {
  private enum Kind { static let started: UInt8 = 1, ended: UInt8 = 2 }

  func encoded() -> [UInt8] {
    switch self {
    case .ended(let report): return [Kind.ended] + report.encoded()
    case .started(let run, let group):
      var bytes = [Kind.started]
      bytes.append(number: run)
      bytes.append(bigEndian: UInt32(bitPattern: group))
      return bytes
    }
  }

  init(decoding bytes: Span<UInt8>) throws(MalformedMessage) {
    var cursor = MessageCursor()
    switch try cursor.byte(bytes) {
    case Kind.started:
      self = .started(try cursor.number(bytes), group: Int32(bitPattern: try cursor.word(bytes)))
      guard cursor.offset == bytes.count else { throw MalformedMessage() }
    case Kind.ended:
      self = .ended(try ScriptReport(decoding: bytes.extracting(1..<bytes.count)))
    default: throw MalformedMessage()
    }
  }
}

extension ScriptExamination {
  func encoded() -> [UInt8] {
    var bytes: [UInt8] = [isSecurityOnly ? 1 : 0]
    for text in [path, objection] {
      bytes.append(text == nil ? 0 : 1)
      if let text { bytes.append(text: text) }
    }
    return bytes
  }

  init(decoding bytes: Span<UInt8>) throws(MalformedMessage) {
    var cursor = MessageCursor()
    let isSecurityOnly = try cursor.byte(bytes) != 0
    let path = try cursor.byte(bytes) != 0 ? try cursor.text(bytes) : nil
    let objection = try cursor.byte(bytes) != 0 ? try cursor.text(bytes) : nil
    self.init(path: path, objection: objection, isSecurityOnly: isSecurityOnly)
    guard cursor.offset == bytes.count else { throw MalformedMessage() }
  }
}

/// Where the decoder stands in a message; every step checks that the bytes are there.
private struct MessageCursor {
  var offset = 0

  mutating func byte(_ bytes: Span<UInt8>) throws(MalformedMessage) -> UInt8 {
    bytes.readUInt8(at: try take(1, of: bytes))
  }

  mutating func word(_ bytes: Span<UInt8>) throws(MalformedMessage) -> UInt32 {
    bytes.readUInt32(at: try take(4, of: bytes))
  }

  mutating func number(_ bytes: Span<UInt8>) throws(MalformedMessage) -> UInt64 {
    bytes.readUInt64(at: try take(8, of: bytes))
  }

  /// How many items follow; each takes at least 4 bytes, so a larger number cannot be true.
  mutating func count(_ bytes: Span<UInt8>) throws(MalformedMessage) -> Int {
    let count = Int(try word(bytes))
    guard count <= (bytes.count - offset) / 4 else { throw MalformedMessage() }
    return count
  }

  mutating func text(_ bytes: Span<UInt8>) throws(MalformedMessage) -> String {
    let length = Int(try word(bytes))
    let start = try take(length, of: bytes)
    return String(decoding: (start..<start + length).map { bytes[$0] }, as: UTF8.self)
  }

  mutating func user(_ bytes: Span<UInt8>) throws(MalformedMessage) -> ScriptUser {
    var user = ScriptUser(uid: try word(bytes), gid: try word(bytes))
    for _ in 0..<(try count(bytes)) { user.supplementaryGroups.append(try word(bytes)) }
    return user
  }

  private mutating func take(_ count: Int, of bytes: Span<UInt8>) throws(MalformedMessage) -> Int {
    guard count <= bytes.count - offset else { throw MalformedMessage() }
    defer { offset += count }
    return offset
  }
}

extension [UInt8] {
  fileprivate mutating func append(number: UInt64) {
    append(bigEndian: UInt32(truncatingIfNeeded: number >> 32))
    append(bigEndian: UInt32(truncatingIfNeeded: number))
  }

  fileprivate mutating func append(user: ScriptUser) {
    append(bigEndian: user.uid)
    append(bigEndian: user.gid)
    append(bigEndian: UInt32(clamping: user.supplementaryGroups.count))
    for group in user.supplementaryGroups { append(bigEndian: group) }
  }

  fileprivate mutating func append(text: String) {
    append(bigEndian: UInt32(clamping: text.utf8.count))
    append(contentsOf: text.utf8)
  }
}
