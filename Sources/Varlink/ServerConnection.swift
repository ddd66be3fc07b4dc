/// One client's connection, seen from the service: bytes in, calls out; replies in, bytes out.
///
/// Calls are answered in the order in which they came. While one is being answered (a stream can take for ever), and while
/// a whole one waits, the connection wants no more bytes: a client costs bounded memory, whatever it sends.
public struct ServerConnection: Sendable {
  private enum State: Equatable {
    /// Waiting for a call.
    case idle
    /// A call was handed out and wants its reply, or the next one of its replies.
    case answering(oneway: Bool)
    /// A reply whose parameters hold one long array is being written element by element.
    case answeringList(oneway: Bool, isEmpty: Bool)
  }

  private var state = State.idle
  private var input: MessageDecoder
  /// Reply bytes that wait for the socket.
  public var output = OutputBuffer()

  private let limits: CallLimits

  /// A new connection that accepts calls within `limits`.
  public init(limits: CallLimits = CallLimits()) {
    self.limits = limits
    input = MessageDecoder(limit: limits.bytes)
  }

  /// Whether a call was handed out and its last reply was not given yet.
  public var isAnswering: Bool { state != .idle }
  /// How many received bytes are welcome: what is missing of the longest call. What goes beyond that should stay in the
  /// socket.
  public var roomForInput: Int {
    mutating get { state == .idle && !input.holdsMessage ? max(0, limits.bytes + 1 - input.bufferedCount) : 0 }
  }

  /// Takes received bytes.
  public mutating func receive(_ bytes: Span<UInt8>) { input.append(bytes) }

  /// The next call to answer; `nil` while there is none, or one is being answered.
  public mutating func nextCall() throws(ProtocolViolation) -> Call? {
    guard state == .idle else { return nil }
    let message: [UInt8]?
    do {
      message = try input.next()
    } catch {
      switch error {
      case .messageTooLong(let limit): throw .messageTooLong(limit: limit)
      }
    }
    guard let message else { return nil }
    guard !limits.isTooComplex(message) else { throw .tooManyParts(limit: limits.separators) }
    let call = try Call(parsing: message)
    state = .answering(oneway: call.oneway)
    return call
  }

  /// Replies to the current call; with `continues` more replies follow.
  public mutating func reply(_ parameters: some Encodable, continues: Bool = false) throws(JSONEncodingError) {
    guard case .answering(let oneway) = state else { return }
    if !oneway {
      try output.append { (bytes: inout [UInt8]) throws(JSONEncodingError) in
        bytes.append(contentsOf: "{\"parameters\":".utf8)
        try appendJSON(parameters, to: &bytes)
        bytes.append(contentsOf: (continues ? ",\"continues\":true}" : "}").utf8)
        bytes.append(0)
      }
    }
    if !continues { state = .idle }
  }

  /// Replies to the current call with an error, its last reply.
  public mutating func fail(_ error: VarlinkError) throws(JSONEncodingError) {
    guard case .answering(let oneway) = state else { return }
    if !oneway { try say(error) }
    state = .idle
  }

  /// Says why nothing is read from this client, or nothing more. To be called while no call is being answered; the
  /// connection is closed when the output was taken.
  public mutating func refuse(_ error: VarlinkError) throws(JSONEncodingError) {
    try say(error)
  }

  private mutating func say(_ error: VarlinkError) throws(JSONEncodingError) {
    try output.append { (bytes: inout [UInt8]) throws(JSONEncodingError) in
      bytes.append(contentsOf: "{\"error\":".utf8)
      try appendJSON(error.name, to: &bytes)
      bytes.append(contentsOf: ",\"parameters\":".utf8)
      try appendJSON(error.parameters, to: &bytes)
      bytes.append(contentsOf: [UInt8(ascii: "}"), 0])
    }
  }

  /// Begins a reply whose only parameter, `field`, is an array; its elements are given one by one, over as many turns
  /// of the event loop as they need.
  public mutating func beginList(_ field: String) throws(JSONEncodingError) {
    guard case .answering(let oneway) = state else { return }
    if !oneway {
      try output.append { (bytes: inout [UInt8]) throws(JSONEncodingError) in
        bytes.append(contentsOf: "{\"parameters\":{".utf8)
        try appendJSON(field, to: &bytes)
        bytes.append(contentsOf: ":[".utf8)
      }
    }
    state = .answeringList(oneway: oneway, isEmpty: true)
  }

  /// The next element of the array.
  public mutating func appendElement(_ element: some Encodable) throws(JSONEncodingError) {
    guard case .answeringList(let oneway, let isEmpty) = state else { return }
    if !oneway {
      try output.append { (bytes: inout [UInt8]) throws(JSONEncodingError) in
        if !isEmpty { bytes.append(UInt8(ascii: ",")) }
        try appendJSON(element, to: &bytes)
      }
    }
    state = .answeringList(oneway: oneway, isEmpty: false)
  }

  /// Ends the array and with it the reply.
  public mutating func endList() {
    guard case .answeringList(let oneway, _) = state else { return }
    if !oneway { output.append(contentsOf: Array("]}}".utf8) + [0]) }
    state = .idle
  }
}
