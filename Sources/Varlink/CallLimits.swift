/// How large a call may be: by this, reading one takes a fraction of a millisecond, whoever sent it.
///
/// A call is a method's name and a few parameters, of which a file's path is the longest. Text costs little to read;
/// members and elements cost a thousand times as much as their bytes.
public struct CallLimits: Equatable, Sendable {
  /// The bytes of a call without its NUL. A path of 4,096 bytes (PATH_MAX) fits, even with a backslash before each of them.
  public let bytes: Int
  /// The commas and opening brackets outside of strings: about the number of members and elements.
  public let separators: Int

  /// Limits; by default those of the daemons, which every documented call fits.
  public init(bytes: Int = 8_704, separators: Int = 64) {
    self.bytes = bytes
    self.separators = separators
  }

  /// Whether a JSON text of at most `bytes` bytes has too many parts. What is no JSON is counted alike.
  func isTooComplex(_ message: [UInt8]) -> Bool {
    var count = 0
    var isString = false
    var isEscaped = false
    for byte in message {
      if isString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isString = true
      case UInt8(ascii: ","), UInt8(ascii: "{"), UInt8(ascii: "["): count += 1
      default: break
      }
    }
    return count > separators
  }
}
