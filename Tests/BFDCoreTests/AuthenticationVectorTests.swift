import NetPrimitives
import Testing

@testable import BFDCore

extension AuthenticationKey {
  /// A key for a test.
  static func test(_ type: AuthenticationType, _ id: UInt8 = 7, _ text: String = "secret") throws -> AuthenticationKey {
    try AuthenticationKey(type: type, id: id, secret: Secret(text.utf8))
  }

  /// The packet as a peer with this key sends it.
  func sealed(_ packet: ControlPacket, sequence: UInt32) -> [UInt8] {
    let plain = packet.encoded
    var bytes = [52 of UInt8] { $0 < plain.count ? plain[$0] : 0xA5 }
    let length = seal(&bytes, sequence: sequence)
    return (0..<length).map { bytes[$0] }
  }
}

/// Known answers: Up, multiplier 3, discriminators 11223344 and 55667788, 10 ms, key 7 "secret", number FFFFFFFE. The
/// digests were computed apart from this project by the rules of RFC 5880 4.3 and 4.4.
@Suite struct AuthenticationVectorTests {
  private static let header = "1122334455667788000027100000271000000000"

  private let packet = ControlPacket(
    state: .up, detectMultiplier: 3, myDiscriminator: 0x1122_3344, yourDiscriminator: 0x5566_7788,
    desiredMinTxInterval: 10_000, requiredMinRxInterval: 10_000)

  @Test(arguments: [
    (AuthenticationType.simplePassword, "20c40321", "010907736563726574"),
    (.keyedMD5, "20c40330", "02180700fffffffe2cd912dd65f95f42d12515f286db5330"),
    (.meticulousKeyedMD5, "20c40330", "03180700fffffffecc9d876b739c6d936196f7a240bbc3d5"),
    (.keyedSHA1, "20c40334", "041c0700fffffffe82fd77f331603ae9c51e486d9f84f1b05d3ca85d"),
    (.meticulousKeyedSHA1, "20c40334", "051c0700fffffffe77882b106bdab2d76a4748c6b620ffa9fb5af81a"),
    (.frrHMACSHA1, "20c40334", "041c0700fffffffe18ce91043a8bdfa5bc4ca64fa61e6907c45777a0"),
  ])
  func packets(_ type: AuthenticationType, _ start: String, _ section: String) throws {
    let key = try AuthenticationKey.test(type)
    let bytes = key.sealed(packet, sequence: 0xFFFF_FFFE)
    #expect(
      bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() == start + Self.header + section)
    guard type != .simplePassword else { return }
    #expect(key.verifies(bytes))
    for bit in 0..<bytes.count * 8 {
      var changed = bytes
      changed[bit / 8] ^= 1 << (bit % 8)
      #expect(!key.verifies(changed), "bit \(bit)")
    }
  }

  @Test(arguments: AuthenticationType.allCases)
  func onlyUsableKeys(_ type: AuthenticationType) throws {
    let longest = type.maximumKeyLength
    for length in [1, longest] {
      _ = try AuthenticationKey(type: type, id: 0, secret: Secret(repeatElement(65, count: length)))
    }
    #expect(throws: AuthenticationKeyError.empty) { try AuthenticationKey(type: type, id: 0, secret: Secret([])) }
    #expect(throws: AuthenticationKeyError.tooLong(maximum: longest)) {
      try AuthenticationKey(type: type, id: 0, secret: Secret(repeatElement(65, count: longest + 1)))
    }
  }

  @Test func nothingShowsAKey() throws {
    let endpoint = try Endpoint(keys: [.test(.keyedSHA1, 7, "hunter22")])
    var dumped = ""
    dump(endpoint.table, to: &dumped)
    // The last shows that the dump does contain the key with its id.
    for text in [dumped, "\(endpoint.table)"] {
      #expect(!text.contains("hunter22") && !text.contains("104, 117, 110") && text.contains("keyedSHA1"))
    }
  }
}
