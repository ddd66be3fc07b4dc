// The containers through which `Encodable` types write to a `JSONOutput`.

struct JSONValueEncoder: Encoder {
  let output: JSONOutput
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(JSONObjectContainer(output: output, depth: output.openObject()))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    JSONArrayContainer(output: output, depth: output.openArray())
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { JSONScalarContainer(output: output) }
}

private struct JSONObjectContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let output: JSONOutput
  let depth: Int
  var codingPath: [any CodingKey] { [] }

  func encodeNil(forKey key: Key) {
    output.beginField(key, at: depth)
    output.writeNull()
  }

  func encode(_ value: Bool, forKey key: Key) {
    output.beginField(key, at: depth)
    output.write(value)
  }

  func encode(_ value: String, forKey key: Key) {
    output.beginField(key, at: depth)
    output.write(value)
  }

  func encode(_ value: Int, forKey key: Key) {
    output.beginField(key, at: depth)
    output.writeInteger(value)
  }

  func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
    output.beginField(key, at: depth)
    try output.writeValue(value)
  }

  // The standard library's defaults leave an absent value out; each overload has to be replaced to write `null`.
  func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try encodeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: String?, forKey key: Key) throws { try encodeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try encodeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: Float?, forKey key: Key) throws { try encodeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try encodeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: Int8?, forKey key: Key) throws { try encodeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: Int16?, forKey key: Key) throws { try encodeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: Int32?, forKey key: Key) throws { try encodeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try encodeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: UInt?, forKey key: Key) throws { try encodeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: UInt8?, forKey key: Key) throws { try encodeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: UInt16?, forKey key: Key) throws { try encodeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: UInt32?, forKey key: Key) throws { try encodeOrNull(value, forKey: key) }
  func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try encodeOrNull(value, forKey: key) }
  func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws { try encodeOrNull(value, forKey: key) }

  private func encodeOrNull<T: Encodable>(_ value: T?, forKey key: Key) throws {
    output.beginField(key, at: depth)
    if let value { try output.writeValue(value) } else { output.writeNull() }
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    output.beginField(key, at: depth)
    return JSONValueEncoder(output: output).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    output.beginField(key, at: depth)
    return JSONValueEncoder(output: output).unkeyedContainer()
  }

  func superEncoder() -> any Encoder {
    output.beginField(SuperKey(), at: depth)
    return JSONValueEncoder(output: output)
  }

  func superEncoder(forKey key: Key) -> any Encoder {
    output.beginField(key, at: depth)
    return JSONValueEncoder(output: output)
  }
}

private struct SuperKey: CodingKey {
  var stringValue: String { "super" }
  var intValue: Int? { nil }
  init() {}
  init?(stringValue: String) { nil }
  init?(intValue: Int) { nil }
}

private struct JSONArrayContainer: UnkeyedEncodingContainer {
  let output: JSONOutput
  let depth: Int
  var codingPath: [any CodingKey] { [] }
  private(set) var count = 0

  init(output: JSONOutput, depth: Int) {
    self.output = output
    self.depth = depth
  }

  private mutating func beginElement() {
    output.beginElement(at: depth)
    count += 1
  }

  mutating func encodeNil() {
    beginElement()
    output.writeNull()
  }

  mutating func encode<T: Encodable>(_ value: T) throws {
    beginElement()
    try output.writeValue(value)
  }

  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    beginElement()
    return JSONValueEncoder(output: output).container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    beginElement()
    return JSONValueEncoder(output: output).unkeyedContainer()
  }

  mutating func superEncoder() -> any Encoder {
    beginElement()
    return JSONValueEncoder(output: output)
  }
}

private struct JSONScalarContainer: SingleValueEncodingContainer {
  let output: JSONOutput
  var codingPath: [any CodingKey] { [] }

  func encodeNil() { output.writeNull() }
  func encode(_ value: Bool) { output.write(value) }
  func encode(_ value: String) { output.write(value) }
  func encode(_ value: Double) throws { try output.write(value) }
  func encode(_ value: Float) throws { try output.write(Double(value)) }
  func encode(_ value: Int) { output.writeInteger(value) }
  func encode(_ value: Int8) { output.writeInteger(value) }
  func encode(_ value: Int16) { output.writeInteger(value) }
  func encode(_ value: Int32) { output.writeInteger(value) }
  func encode(_ value: Int64) { output.writeInteger(value) }
  func encode(_ value: UInt) { output.writeInteger(value) }
  func encode(_ value: UInt8) { output.writeInteger(value) }
  func encode(_ value: UInt16) { output.writeInteger(value) }
  func encode(_ value: UInt32) { output.writeInteger(value) }
  func encode(_ value: UInt64) { output.writeInteger(value) }
  func encode<T: Encodable>(_ value: T) throws { try output.writeValue(value) }
}
