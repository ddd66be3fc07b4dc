public import Varlink

/// What a daemon answers to a call.
public enum ControlAnswer {
  /// The reply's parameters.
  case now(any Encodable & Sendable)
  /// They follow when the daemon has them. The caller waits; other callers do not.
  case later(DeferredReply)
}

/// The reply to a call that cannot be answered at once. Used on the event loop only.
public final class DeferredReply {
  /// The reply's parameters, or the error that is the reply.
  public typealias Outcome = Result<any Encodable & Sendable, VarlinkError>

  /// The answer; `nil` until it is there.
  public private(set) var outcome: Outcome?
  private var observer: () -> Void = {}

  /// A reply that is still to be given.
  public init() {}

  /// Gives the answer, once.
  public func complete(_ outcome: Outcome) {
    guard self.outcome == nil else { return }
    self.outcome = outcome
    observer()
    observer = {}
  }

  /// Lets `action` be called when the answer is given, instead of an earlier one; at once where it was given already.
  public func whenComplete(_ action: @escaping () -> Void) {
    guard outcome == nil else { return action() }
    observer = action
  }
}
