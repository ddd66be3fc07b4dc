internal import Glibc

/// Descriptors that are served when their owner has time for them, and not whenever one of them is ready.
///
/// The group has an epoll of its own. Its descriptor is watched by the event loop like any other, and is readable while one
/// of the members is ready: not to watch it lets all of them wait, however much they send, at the cost of one system call.
public final class DescriptorGroup {
  /// A member that is ready.
  public struct Event: Sendable {
    /// What it was added as.
    public let token: UInt64
    /// What is the case with it.
    public let readiness: EventLoop.Readiness
  }

  /// For `EventLoop.watch`: readable while a member is ready.
  public var descriptor: FileDescriptor { poller.descriptor }
  /// One event at a time: the kernel puts a member that was reported behind the others, so none is passed over.
  private let poller: Poller

  /// A group without members.
  public init() throws(SystemError) {
    poller = try Poller(capacity: 1)
  }

  /// Adds a member, which the caller keeps open until `remove`.
  public func add(_ member: FileDescriptor, for interest: EventLoop.Interest, token: UInt64) throws(SystemError) {
    try poller.add(member.rawValue, events: interest.events, token: token)
  }

  /// Changes what is waited for; an empty set leaves only errors and hang-ups.
  public func change(_ member: FileDescriptor, to interest: EventLoop.Interest, token: UInt64) throws(SystemError) {
    try poller.modify(member.rawValue, events: interest.events, token: token)
  }

  /// Takes a member out.
  public func remove(_ member: FileDescriptor) {
    poller.remove(member.rawValue)
  }

  /// The next member that is ready; `nil` where none is. Those that stay ready are given in turn.
  public func next() throws(SystemError) -> Event? {
    guard try poller.poll() > 0 else { return nil }
    let event = poller.event(0)
    return Event(token: event.token, readiness: event.readiness)
  }
}
