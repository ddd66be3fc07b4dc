/// Bytes that must not be shown: a key or a password.
///
/// However it is printed, interpolated, dumped or reflected, nothing of the bytes appears. Only `bytes` gives them away.
public struct Secret: Hashable, Sendable {
  /// The bytes.
  public let bytes: [UInt8]

  /// A secret of these bytes.
  public init(_ bytes: some Sequence<UInt8>) {
    self.bytes = Array(bytes)
  }

  /// Whether it is `other`, in a time that says nothing about where the two differ, but may say that their lengths do.
  public func equals(_ other: some Collection<UInt8>) -> Bool {
    guard other.count == bytes.count else { return false }
    var difference: UInt8 = 0
    for (mine, theirs) in zip(bytes, other) { difference |= mine ^ theirs }
    return difference == 0
  }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Always the same text.
  public var description: String { "(secret)" }
  /// Always the same text.
  public var debugDescription: String { description }
  /// Without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
