internal import CLinux
public import NetPrimitives

/// The kernel's random numbers.
public enum KernelRandom {
  /// 64 random bits.
  public static func seed() throws(SystemError) -> UInt64 {
    var seed: UInt64 = 0
    // Up to 256 bytes come whole or not at all.
    try check("getrandom") {
      unsafe withUnsafeMutableBytes(of: &seed) { unsafe baton_random($0.baseAddress, $0.count) }
    }
    return seed
  }

  /// A generator seeded by the kernel.
  public static func generator() throws(SystemError) -> SeededGenerator {
    SeededGenerator(seed: try seed())
  }
}
