import ControlInterface
import Varlink

/// One control client without its socket: what it asked for, and how far the answer is.
///
/// Answers are made in small steps, one call or one object each, and only while the client takes what was written
/// before. So a client costs a bounded amount of memory, and a bounded amount of time per turn of the event loop, whatever
/// it asks for and however slowly it reads.
struct ControlConnection<Handler: ControlHandler> {
  typealias Log = EventLog<Handler.State, Handler.Change>
  typealias Event = MonitorEvent<Handler.State, Handler.Change>

  /// With this many bytes waiting for the client nothing more is written for it.
  static var outputLimit: Int { 65_536 }

  private enum Activity {
    /// Waiting for a call.
    case idle
    /// Waiting for the daemon's answer to a call.
    case waiting(DeferredReply)
    /// Answering List: `names[next]` comes next.
    case listing(names: [String], next: Int)
    /// Answering Monitor.
    case monitoring(Subscription)
    /// Its call was refused before it was read; the connection ends with the reason.
    case ending
  }

  /// How far a subscriber was told.
  private struct Subscription {
    enum Phase {
      /// The full state is to be told, from its `begin`.
      case starting
      /// The full state is being told: `names[next]` comes next.
      case telling(names: [String], next: Int)
      /// The full state was told; changes follow.
      case following
    }

    var phase = Phase.starting
    /// The number of the last change that was told or is part of the full state.
    var told = 0
  }

  /// What a step did.
  enum Step {
    /// Something; there may be more to do.
    case worked
    /// Nothing: there is no call to answer, no answer to give and no change to tell.
    case waitsForClient
    /// Nothing: the client has not taken what was written.
    case waitsForOutput
    /// Said that a call is too large; nothing more is read.
    case refused
  }

  /// Whether the client is root or the daemon's own user.
  let mayChange: Bool
  var wire = ServerConnection()
  private var activity = Activity.idle

  init(mayChange: Bool) {
    self.mayChange = mayChange
  }

  /// Whether this client is subscribed to changes.
  var isMonitoring: Bool {
    if case .monitoring = activity { true } else { false }
  }

  /// Whether there is nothing to come but what was written.
  var isEnding: Bool {
    if case .ending = activity { true } else { false }
  }

  /// Whether this client is subscribed and a change has to be told to it. The full state is no news.
  func hasNews(_ log: Log) -> Bool {
    guard case .monitoring(let subscription) = activity, wire.output.count < Self.outputLimit else { return false }
    if case .starting = subscription.phase { return false }
    guard case .event = log.next(after: subscription.told) else { return false }
    return true
  }

  /// What the daemon has to answer before there is work again.
  var pendingReply: DeferredReply? {
    if case .waiting(let reply) = activity { reply } else { nil }
  }

  /// Does one step of work. `now` is the time of day in microseconds since the Unix epoch.
  mutating func step(_ handler: Handler, _ service: ServiceDescription, _ log: Log, now: Int) throws -> Step {
    guard wire.output.count < Self.outputLimit else { return .waitsForOutput }
    switch activity {
    case .idle:
      do {
        guard let call = try wire.nextCall() else { return .waitsForClient }
        activity = try start(call, handler, service)
        return .worked
      } catch let violation as ProtocolViolation {
        guard let reason = Self.refusal(of: violation) else { throw violation }
        try wire.refuse(Handler.callTooLarge(reason))
        activity = .ending
        return .refused
      }
    case .ending:
      return .waitsForClient
    case .waiting(let reply):
      guard let outcome = reply.outcome else { return .waitsForClient }
      activity = .idle
      switch outcome {
      case .success(let parameters): try wire.reply(parameters)
      case .failure(let error): try wire.fail(error)
      }
      return .worked
    case .listing(let names, let next):
      activity = try list(names, next, handler)
      return .worked
    case .monitoring(var subscription):
      let worked = try tell(&subscription, handler, log, now: now)
      activity = .monitoring(subscription)
      return worked ? .worked : .waitsForClient
    }
  }

  /// What a client is told whose call is too large; `nil` where it is no call at all.
  private static func refusal(of violation: ProtocolViolation) -> String? {
    switch violation {
    case .messageTooLong(let limit): "a call has at most \(limit) bytes"
    case .tooManyParts(let limit): "a call has at most \(limit) members and elements"
    case .malformedMessage, .unexpectedReply, .unexpectedContinuation: nil
    }
  }

  /// Answers a call, or begins to.
  private mutating func start(_ call: Call, _ handler: Handler, _ service: ServiceDescription) throws -> Activity {
    do {
      switch call.interface {
      case InterfaceDescription.service.name: try wire.reply(service.answer(call))
      case Self.interfaceName: return try startOwn(call, handler)
      default: throw VarlinkError.interfaceNotFound(call.interface)
      }
    } catch let error as VarlinkError {
      try wire.fail(error)
    }
    return .idle
  }

  private static var interfaceName: String { Handler.interface.name }

  /// Answers a call of the daemon's own interface, or begins to.
  private mutating func startOwn(_ call: Call, _ handler: Handler) throws -> Activity {
    switch call.name {
    case "List":
      try wire.beginList(Handler.listField)
      return .listing(names: handler.objectNames, next: 0)
    case "Get":
      let name = try call.parameters(as: NameParameter.self).name
      guard let object = handler.object(named: name) else { throw Handler.noSuchObject(name) }
      try wire.reply([Handler.objectField: object])
    case "Monitor":
      guard call.more, !call.oneway else { throw VarlinkError.expectedMore }
      return .monitoring(Subscription())
    default:
      if Handler.changingMethods.contains(call.name), !mayChange { throw VarlinkError.permissionDenied }
      switch try handler.perform(call) {
      case .now(let parameters): try wire.reply(parameters)
      case .later(let reply): return .waiting(reply)
      }
    }
    return .idle
  }

  private mutating func list(_ names: [String], _ next: Int, _ handler: Handler) throws -> Activity {
    guard next < names.count else {
      wire.endList()
      return .idle
    }
    // An object that went away since the call came is left out.
    if let object = handler.object(named: names[next]) { try wire.appendElement(object) }
    return .listing(names: names, next: next + 1)
  }

  /// Tells the subscriber the next thing, if there is one: whether there was.
  ///
  /// A change always goes before the rest of the full state, so an object's state is never followed by a change that it
  /// already contains.
  private mutating func tell(
    _ subscription: inout Subscription, _ handler: Handler, _ log: Log, now: Int
  ) throws -> Bool {
    if case .starting = subscription.phase {
      subscription.told = log.lastSequence
      subscription.phase = .telling(names: handler.objectNames, next: 0)
      try send(Event(sequence: subscription.told, time: now, kind: .begin))
      return true
    }
    switch log.next(after: subscription.told) {
    case .event(let event):
      subscription.told = event.sequence
      try send(event, with: handler)
      return true
    case .missed:
      subscription.phase = .starting
      return true
    case .nothing:
      guard case .telling(let names, let next) = subscription.phase else { return false }
      if next < names.count {
        subscription.phase = .telling(names: names, next: next + 1)
        try send(Event(sequence: subscription.told, time: now, kind: .state, name: names[next]), with: handler)
      } else {
        subscription.phase = .following
        try send(Event(sequence: subscription.told, time: now, kind: .end))
      }
      return true
    }
  }

  /// Sends an event, filled in with the object's state where it is about that. An object that is gone by now is left
  /// out: its removal follows.
  private mutating func send(_ event: Event, with handler: Handler) throws {
    var event = event
    if event.kind == .state, let name = event.name {
      guard let object = handler.object(named: name) else { return }
      event.state = object
    }
    try send(event)
  }

  private mutating func send(_ event: Event) throws {
    try wire.reply(MonitorReply(event: event), continues: true)
  }
}
