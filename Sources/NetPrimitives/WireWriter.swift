/// Big-endian writing into a packet that has its length already; an offset outside the span is a bug of ours and traps.
extension MutableSpan<UInt8> {
  /// Writes one byte at `offset`.
  @inlinable
  public mutating func write(_ value: UInt8, at offset: Int) { self[offset] = value }

  /// Writes `value` at `offset` in network order.
  @inlinable
  public mutating func write(_ value: UInt16, at offset: Int) {
    self[offset] = UInt8(truncatingIfNeeded: value >> 8)
    self[offset + 1] = UInt8(truncatingIfNeeded: value)
  }

  /// Writes `value` at `offset` in network order.
  @inlinable
  public mutating func write(_ value: UInt32, at offset: Int) {
    write(UInt16(truncatingIfNeeded: value >> 16), at: offset)
    write(UInt16(truncatingIfNeeded: value), at: offset + 2)
  }
}

/// Big-endian appending, for packets that are built rarely.
extension [UInt8] {
  /// Appends `value` in network order.
  public mutating func append(bigEndian value: UInt16) {
    append(UInt8(truncatingIfNeeded: value >> 8))
    append(UInt8(truncatingIfNeeded: value))
  }

  /// Appends `value` in network order.
  public mutating func append(bigEndian value: UInt32) {
    append(bigEndian: UInt16(truncatingIfNeeded: value >> 16))
    append(bigEndian: UInt16(truncatingIfNeeded: value))
  }

  /// Overwrites the two bytes from `offset` with `value` in network order.
  public mutating func replace(at offset: Int, bigEndian value: UInt16) {
    self[offset] = UInt8(truncatingIfNeeded: value >> 8)
    self[offset + 1] = UInt8(truncatingIfNeeded: value)
  }
}
