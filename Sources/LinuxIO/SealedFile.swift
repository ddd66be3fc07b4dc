internal import CLinux
internal import Glibc

/// A place in memory for what a program writes: an anonymous file of fixed size.
///
/// Unlike a pipe it needs nobody who reads, kills nobody who writes after the reader is gone, and cannot grow.
public struct SealedFile {
  /// The descriptor to hand to the program.
  public let descriptor: FileDescriptor

  /// A file of `size` bytes.
  public init(size: Int) throws(SystemError) {
    descriptor = FileDescriptor(owning: try check("memfd_create") { baton_sealed_file(size) })
  }

  /// The last bytes written, at most `limit`, by those who share this descriptor.
  public func tail(limit: Int) throws(SystemError) -> [UInt8] {
    let end = Int(try check("lseek") { lseek(descriptor.rawValue, 0, SEEK_CUR) })
    let start = max(0, end - limit)
    guard end > start else { return [] }
    var bytes = [UInt8](repeating: 0, count: end - start)
    let count = try check("pread") {
      unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor.rawValue, $0.baseAddress, $0.count, off_t(start)) }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }
}
