internal import CLinux
internal import Glibc
public import NetPrimitives

/// Pings an address from another network namespace. Replies are not read: whoever wants to know watches the wire.
public final class EchoSender {
  private let descriptor: Int32
  private let family: AddressFamily
  private var sequence: UInt16 = 0

  /// Pings `destination` out of the network namespace whose file is at `path` (`/run/netns/NAME`). Needs root.
  public init(namespace path: String, destination: IPAddress) throws(FrameCapture.Failure) {
    let bytes = destination.bytes
    descriptor = unsafe baton_echo_open(path, bytes, Int32(bytes.count))
    guard descriptor >= 0 else { throw FrameCapture.Failure(code: errno) }
    family = destination.family
  }

  deinit { close(descriptor) }

  /// Sends one echo request. A refusal (no route yet, no neighbour) is no error: the next one may leave.
  public func send() {
    sequence &+= 1
    // RFC 792, RFC 4443 4.1: type, code, checksum, identifier, sequence number; 8 bytes of nothing as data.
    var message: [UInt8] = [family == .ipv4 ? 8 : 128, 0, 0, 0, 0xBA, 0x70]
    message.append(bigEndian: sequence)
    message += [UInt8](repeating: 0, count: 8)
    if family == .ipv4 {
      var checksum = InternetChecksum()
      checksum.add(message.span)
      message.replace(at: 2, bigEndian: checksum.value)
    }
    _ = unsafe message.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, 0) }
  }
}
