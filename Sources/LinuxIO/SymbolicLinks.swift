internal import Glibc

extension FileSystem {
  /// Where the symbolic link `path` points to; `invalidArgument` where it is none.
  public static func linkTarget(_ path: String) throws(SystemError) -> String {
    // The longest path that the kernel takes.
    var target = [UInt8](repeating: 0, count: 4_096)
    let count = try check("readlink") {
      unsafe target.withUnsafeMutableBytes { room in
        unsafe room.baseAddress.map { unsafe readlink(path, $0, room.count) } ?? 0
      }
    }
    return String(decoding: target.prefix(count), as: UTF8.self)
  }
}
