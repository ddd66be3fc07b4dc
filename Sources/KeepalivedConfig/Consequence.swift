/// What the daemon does about an error: what it leaves out, or that it does not start. As keepalived, it runs with the
/// rest of the file wherever keepalived does.
public enum Consequence: Hashable, Sendable {
  /// The line counts as not written.
  case lineLeftOut
  /// The word, with what belongs to it, counts as not written; the rest of the line holds.
  case wordLeftOut
  /// The block, with everything in it, counts as not written.
  case blockLeftOut
  /// The object that the keyword declares does not exist.
  case objectLeftOut(String)
  /// The value is replaced by this one.
  case replaced(with: String)
  /// The brace that is missing is taken to be there.
  case braceAssumed
  /// A script does not run, or its check counts as failed; the message says which.
  case scriptDisabled
  /// keepalived refuses to start with it, and so does the daemon.
  case startRefused
}

extension Consequence: CustomStringConvertible {
  /// The consequence in words that follow the message and a semicolon; empty where the message says it.
  public var description: String {
    switch self {
    case .lineLeftOut: "the line is left out"
    case .wordLeftOut: "the word is left out"
    case .blockLeftOut: "the block is left out"
    case .objectLeftOut(let keyword): "the \(keyword) is left out"
    case .replaced(let value): "\(value) is used"
    case .braceAssumed: "it is taken to be there"
    case .scriptDisabled: ""
    case .startRefused: "the daemon does not start with it"
    }
  }
}
