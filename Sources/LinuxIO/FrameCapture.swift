internal import CLinux
internal import Glibc
public import NetPrimitives

/// An observer of every frame on every interface of a network namespace, with the kernel's time of each.
///
/// Frames wait in the socket's buffer until they are asked for, so whoever observes need not be quick: the times are the
/// kernel's, not those of reading.
public struct FrameCapture: ~Copyable {
  /// One frame as one interface saw it.
  public struct Frame: Sendable {
    /// When the kernel saw it, on the realtime clock.
    public let time: Instant
    /// The interface, by its index in the observed namespace.
    public let interfaceIndex: UInt32
    /// Whether the interface sent the frame; otherwise it arrived there.
    public let outgoing: Bool
    /// The frame from its Ethernet header on.
    public let bytes: [UInt8]
  }

  /// A system call that was refused.
  public struct Failure: Error {
    /// The error number.
    public let code: Int32
    /// The error in words.
    public var description: String { unsafe String(cString: strerror(code)) }
  }

  private let descriptor: Int32
  private let longest = 2048

  /// Observes the network namespace whose file is at `path` (`/run/netns/NAME`) from now on. Needs root.
  public init(namespace path: String) throws(Failure) {
    let descriptor = unsafe baton_capture_open(path, 32 << 20)
    guard descriptor >= 0 else { throw Failure(code: errno) }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// The next frame that waits, in the order of arrival; `nil` when none does. Longer frames are cut to 2048 bytes.
  public func next() -> Frame? {
    var about = baton_captured()
    var length = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: longest) { buffer, initialized in
      length = unsafe baton_capture_receive(descriptor, buffer.baseAddress, buffer.count, &about)
      initialized = max(length, 0)
    }
    guard length >= 0 else { return nil }
    return Frame(
      time: Instant(nanoseconds: UInt64(clamping: about.realtime_nanoseconds)),
      interfaceIndex: about.interface_index, outgoing: about.outgoing == 1, bytes: bytes)
  }
}
