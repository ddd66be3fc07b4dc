internal import CLinux
internal import Glibc
public import NetPrimitives

/// Why there is no connection to a host.
public enum HostConnectionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The name service knows no address; its words.
  case unknownHost(String)
  /// Nobody answered in time.
  case timeout(Interval)
  /// The system's error for the address that was tried last.
  case refused(SystemError)

  /// The error in words.
  public var description: String {
    switch self {
    case .unknownHost(let reason): "the name cannot be looked up: \(reason)"
    case .timeout(let interval): "no connection within \(interval)"
    case .refused(let error): "\(error)"
    }
  }
}

extension StreamConnection {
  /// A TCP connection to `port` of `host`, a name or an address. It asks the name service, tries one address after
  /// another, each for `timeout` at most, and waits: not for an event loop.
  public static func connect(
    toHost host: String, port: UInt16, timeout: Interval
  ) throws(HostConnectionError) -> StreamConnection {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = baton_SOCK_STREAM
    var list: UnsafeMutablePointer<addrinfo>?
    let code = unsafe getaddrinfo(host, String(port), &hints, &list)
    guard code == 0 else { throw .unknownHost(unsafe String(cString: gai_strerror(code))) }
    defer { unsafe freeaddrinfo(list) }
    var failure = HostConnectionError.unknownHost("no address")
    var next = unsafe list
    while let entry = unsafe next {
      do throws(HostConnectionError) {
        return try unsafe connect(to: entry.pointee, timeout: timeout)
      } catch {
        failure = error
      }
      unsafe next = entry.pointee.ai_next
    }
    throw failure
  }

  private static func connect(
    to entry: addrinfo, timeout: Interval
  ) throws(HostConnectionError) -> StreamConnection {
    do throws(SystemError) {
      let number = try check("socket") {
        unsafe socket(entry.ai_family, baton_SOCK_STREAM | baton_SOCK_FLAGS, 0)
      }
      let connection = StreamConnection(FileDescriptor(owning: number))
      if unsafe Glibc.connect(number, entry.ai_addr, entry.ai_addrlen) != 0 {
        guard errno == EINPROGRESS else { throw SystemError("connect", ErrorCode(rawValue: errno)) }
        guard try connection.descriptor.wait(writing: true, timeout: timeout) else {
          throw SystemError("connect", ErrorCode(rawValue: ETIMEDOUT))
        }
        var (problem, length) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
        try check("getsockopt(SO_ERROR)") { unsafe getsockopt(number, SOL_SOCKET, SO_ERROR, &problem, &length) }
        guard problem == 0 else { throw SystemError("connect", ErrorCode(rawValue: problem)) }
      }
      return connection
    } catch {
      throw error.code.rawValue == ETIMEDOUT ? .timeout(timeout) : .refused(error)
    }
  }
}
