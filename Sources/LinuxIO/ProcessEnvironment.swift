internal import Glibc

/// The environment of this process.
public enum ProcessEnvironment {
  /// All of it, as NAME=value.
  public static var all: [String] {
    var result: [String] = []
    var next = unsafe environ
    while let entry = unsafe next.pointee {
      unsafe result.append(String(cString: entry))
      unsafe next = next.successor()
    }
    return result
  }
}
