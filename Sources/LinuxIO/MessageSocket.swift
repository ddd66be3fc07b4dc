internal import CLinux
internal import Glibc

/// One end of a connected pair of Unix sockets that keep messages apart (SOCK_SEQPACKET): nothing has to be framed, a
/// message arrives whole or not at all, and the end of one side is seen by the other.
public struct MessageSocket {
  /// The descriptor to watch and to hand to another process.
  public let descriptor: FileDescriptor

  /// What receiving brought.
  public enum Reception: Hashable, Sendable {
    /// A message.
    case message([UInt8])
    /// Nothing is there now.
    case nothing
    /// The other end has closed.
    case end
  }

  /// The end that `descriptor` is.
  public init(_ descriptor: FileDescriptor) {
    self.descriptor = descriptor
  }

  /// Connects to the socket file `path`, without waiting.
  public static func connect(to path: String) throws(SystemError) -> MessageSocket {
    let socket = try Socket(domain: AF_UNIX, type: Int32(SOCK_SEQPACKET.rawValue), protocol: 0)
    try socket.connect(path: path)
    return MessageSocket(socket.descriptor)
  }

  /// Two connected ends, non-blocking.
  public static func pair() throws(SystemError) -> (MessageSocket, MessageSocket) {
    var ends: (Int32, Int32) = (-1, -1)
    try check("socketpair") {
      unsafe withUnsafeMutablePointer(to: &ends) { ends in
        unsafe ends.withMemoryRebound(to: Int32.self, capacity: 2) {
          unsafe baton_socketpair(Int32(SOCK_SEQPACKET.rawValue), $0)
        }
      }
    }
    return (MessageSocket(FileDescriptor(owning: ends.0)), MessageSocket(FileDescriptor(owning: ends.1)))
  }

  /// Sends one message, which must not be empty; `false` where there is no room for it now.
  public func send(_ message: [UInt8]) throws(SystemError) -> Bool {
    let sent = try attempt("send") {
      unsafe message.withUnsafeBytes {
        unsafe Glibc.send(
          descriptor.rawValue, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
      }
    }
    return sent != nil
  }

  /// Receives one message of at most `limit` bytes; what a longer one has beyond that is lost.
  public func receive(limit: Int) throws(SystemError) -> Reception {
    var message = [UInt8](repeating: 0, count: limit)
    do throws(SystemError) {
      // Never waits, also where a service manager handed a blocking socket to this process.
      let count = try attempt("recv") {
        unsafe message.withUnsafeMutableBytes {
          unsafe recv(descriptor.rawValue, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
        }
      }
      guard let count else { return .nothing }
      guard count > 0 else { return .end }
      message.removeLast(limit - count)
      return .message(message)
    } catch {
      // The other end died with messages of ours unread.
      if error.code == .connectionReset { return .end }
      throw error
    }
  }
}
