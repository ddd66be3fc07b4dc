/// Big-endian access to received bytes. A decoder checks the length once and then reads; an offset outside the span is
/// a bug of ours and traps.
extension Span<UInt8> {
  /// The byte at `offset`.
  @inlinable
  public func readUInt8(at offset: Int) -> UInt8 { self[offset] }

  /// The two bytes from `offset`, network order.
  @inlinable
  public func readUInt16(at offset: Int) -> UInt16 {
    UInt16(self[offset]) << 8 | UInt16(self[offset + 1])
  }

  /// The four bytes from `offset`, network order.
  @inlinable
  public func readUInt32(at offset: Int) -> UInt32 {
    UInt32(self[offset]) << 24 | UInt32(self[offset + 1]) << 16 | UInt32(self[offset + 2]) << 8
      | UInt32(self[offset + 3])
  }

  /// The eight bytes from `offset`, network order.
  @inlinable
  public func readUInt64(at offset: Int) -> UInt64 {
    UInt64(readUInt32(at: offset)) << 32 | UInt64(readUInt32(at: offset + 4))
  }
}
