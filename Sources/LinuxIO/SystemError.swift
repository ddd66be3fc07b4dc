internal import CLinux

/// A system call that failed: which one, and why.
public struct SystemError: Error, Hashable, Sendable {
  /// The name of the call, as in its manual page.
  public let call: StaticText
  /// Why it failed.
  public let code: ErrorCode

  /// The failure of `call` with `code`.
  public init(_ call: StaticString, _ code: ErrorCode) {
    self.call = StaticText(call)
    self.code = code
  }
}

extension SystemError: CustomStringConvertible {
  /// "bind: Address already in use (EADDRINUSE)".
  public var description: String { "\(call): \(code)" }
}

/// A string literal that can be compared.
public struct StaticText: Hashable, Sendable, CustomStringConvertible {
  private let text: StaticString

  /// The literal `text`.
  public init(_ text: StaticString) { self.text = text }

  /// The text.
  public var description: String { text.description }
  /// Whether both have the same characters.
  public static func == (left: StaticText, right: StaticText) -> Bool { left.description == right.description }
  /// Hashes the characters.
  public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

/// An `errno` value. The set is open: a number without a name here is as good as any other.
public struct ErrorCode: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  /// The number.
  public let rawValue: Int32

  /// The code with the number `rawValue`.
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// EPERM: refused for want of a capability.
  public static let notPermitted = ErrorCode(rawValue: 1)
  /// ENOENT.
  public static let noSuchFile = ErrorCode(rawValue: 2)
  /// ESRCH.
  public static let noSuchProcess = ErrorCode(rawValue: 3)
  /// EINTR.
  public static let interrupted = ErrorCode(rawValue: 4)
  /// EIO.
  public static let inputOutput = ErrorCode(rawValue: 5)
  /// ENXIO.
  public static let noSuchDeviceOrAddress = ErrorCode(rawValue: 6)
  /// ENOEXEC: a file that is executable, but no program the kernel knows.
  public static let notExecutable = ErrorCode(rawValue: 8)
  /// EBADF.
  public static let badDescriptor = ErrorCode(rawValue: 9)
  /// ECHILD.
  public static let noChild = ErrorCode(rawValue: 10)
  /// EAGAIN, which is EWOULDBLOCK too.
  public static let wouldBlock = ErrorCode(rawValue: 11)
  /// ENOMEM.
  public static let noMemory = ErrorCode(rawValue: 12)
  /// EACCES.
  public static let permissionDenied = ErrorCode(rawValue: 13)
  /// EEXIST.
  public static let exists = ErrorCode(rawValue: 17)
  /// ENODEV.
  public static let noSuchDevice = ErrorCode(rawValue: 19)
  /// ENOTDIR.
  public static let notDirectory = ErrorCode(rawValue: 20)
  /// EISDIR.
  public static let isDirectory = ErrorCode(rawValue: 21)
  /// EINVAL.
  public static let invalidArgument = ErrorCode(rawValue: 22)
  /// ENFILE.
  public static let tooManyOpenFilesInSystem = ErrorCode(rawValue: 23)
  /// EMFILE.
  public static let tooManyOpenFiles = ErrorCode(rawValue: 24)
  /// EFBIG.
  public static let fileTooLarge = ErrorCode(rawValue: 27)
  /// ENOSPC.
  public static let noSpace = ErrorCode(rawValue: 28)
  /// EPIPE.
  public static let brokenPipe = ErrorCode(rawValue: 32)
  /// ERANGE.
  public static let outOfRange = ErrorCode(rawValue: 34)
  /// ENOSYS.
  public static let notImplemented = ErrorCode(rawValue: 38)
  /// EMSGSIZE.
  public static let messageTooLong = ErrorCode(rawValue: 90)
  /// ELOOP: also a symbolic link where none is followed.
  public static let tooManyLinks = ErrorCode(rawValue: 40)
  /// EOPNOTSUPP.
  public static let notSupported = ErrorCode(rawValue: 95)
  /// EAFNOSUPPORT.
  public static let familyNotSupported = ErrorCode(rawValue: 97)
  /// EADDRINUSE.
  public static let addressInUse = ErrorCode(rawValue: 98)
  /// EADDRNOTAVAIL.
  public static let addressNotAvailable = ErrorCode(rawValue: 99)
  /// ENETDOWN.
  public static let networkDown = ErrorCode(rawValue: 100)
  /// ENETUNREACH.
  public static let networkUnreachable = ErrorCode(rawValue: 101)
  /// ECONNRESET.
  public static let connectionReset = ErrorCode(rawValue: 104)
  /// ENOBUFS.
  public static let noBufferSpace = ErrorCode(rawValue: 105)
  /// ENOTCONN.
  public static let notConnected = ErrorCode(rawValue: 107)
  /// ECONNREFUSED.
  public static let connectionRefused = ErrorCode(rawValue: 111)
  /// EHOSTUNREACH.
  public static let hostUnreachable = ErrorCode(rawValue: 113)
  /// EINPROGRESS.
  public static let inProgress = ErrorCode(rawValue: 115)
}

extension ErrorCode: CustomStringConvertible {
  /// "Address already in use (EADDRINUSE)".
  public var description: String {
    let text = unsafe String(cString: baton_error_text(rawValue))
    guard let name = unsafe baton_error_name(rawValue) else { return "\(text) (\(rawValue))" }
    return unsafe "\(text) (\(String(cString: name)))"
  }
}
