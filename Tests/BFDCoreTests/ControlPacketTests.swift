import BFDCore
import NetPrimitives
import Testing

@Suite("Control packet") struct ControlPacketTests {
  @Test("every field lies where RFC 5880 4.1 puts it")
  func goldenBytes() throws {
    var packet = ControlPacket(
      state: .up, diagnostic: .neighborSignaledSessionDown, detectMultiplier: 5, myDiscriminator: 0x1122_3344,
      yourDiscriminator: 0x5566_7788, desiredMinTxInterval: 10_000, requiredMinRxInterval: 0x0102_0304)
    packet.requiredMinEchoRxInterval = 50_000
    packet.isPoll = true
    let bytes: [UInt8] = [
      0x23,  // version 1, diagnostic 3
      0xE0,  // Up, P
      5, 24,  // multiplier, length
      0x11, 0x22, 0x33, 0x44,  // My Discriminator
      0x55, 0x66, 0x77, 0x88,  // Your Discriminator
      0x00, 0x00, 0x27, 0x10,  // Desired Min TX
      0x01, 0x02, 0x03, 0x04,  // Required Min RX
      0x00, 0x00, 0xC3, 0x50,  // Required Min Echo RX
    ]
    #expect(packet.encoded == bytes)
    #expect(try ControlPacket(decoding: bytes.span) == packet)
  }

  @Test("each flag has its bit", arguments: 0..<64)
  func flags(bits: UInt8) throws {
    var bytes = Self.valid
    let isAuthenticated = bits & 0x04 != 0
    let isMultipoint = bits & 0x01 != 0
    bytes[1] = 0xC0 | bits
    bytes += isAuthenticated ? [1, 2] : []
    bytes[3] = UInt8(bytes.count)
    guard !isMultipoint else {
      #expect(throws: DropReason.multipoint) { try ControlPacket(decoding: bytes.span) }
      return
    }
    let packet = try ControlPacket(decoding: bytes.span)
    #expect(packet.isPoll == (bits & 0x20 != 0))
    #expect(packet.isFinal == (bits & 0x10 != 0))
    #expect(packet.isControlPlaneIndependent == (bits & 0x08 != 0))
    #expect(packet.isAuthenticated == isAuthenticated)
    #expect(packet.isDemand == (bits & 0x02 != 0))
    #expect(packet.encoded == Array(bytes.prefix(24)))
  }

  @Test("all 32 diagnostics are accepted, kept and named", arguments: 0..<32)
  func diagnostics(code: UInt8) throws {
    var bytes = Self.valid
    bytes[0] = 1 << 5 | code
    let packet = try ControlPacket(decoding: bytes.span)
    #expect(packet.diagnostic.rawValue == code)
    #expect(packet.encoded == bytes)
    #expect(packet.diagnostic.description.hasPrefix("reserved") == (code > 9))
  }

  @Test("all four states are told apart", arguments: SessionState.allCases)
  func states(state: SessionState) throws {
    var bytes = Self.valid
    bytes[1] = state.rawValue << 6
    #expect(try ControlPacket(decoding: bytes.span).state == state)
  }

  @Test("versions other than 1 are discarded", arguments: 0..<8)
  func versions(version: UInt8) {
    expect(version == 1 ? nil : .badVersion) { $0[0] = version << 5 }
  }

  @Test("a length below the mandatory section is discarded, each one", arguments: 0..<28)
  func lengths(length: UInt8) {
    expect(length < 24 ? .lengthTooShort : length > 24 ? .lengthBeyondPayload : nil) { $0[3] = length }
  }

  @Test("with the A bit the length limit is 26", arguments: 24..<30)
  func lengthsWithAuthentication(length: UInt8) {
    expect(length < 26 ? .lengthTooShort : length > 28 ? .lengthBeyondPayload : nil) {
      $0 += [1, 4, 0, 0]
      $0[1] |= 0x04
      $0[3] = length
    }
  }

  @Test("a payload shorter than 24 bytes is discarded, each one", arguments: 0..<24)
  func truncated(count: Int) {
    expect(.truncated) { $0 = Array($0.prefix(count)) }
  }

  @Test("padding behind the length is legal, whatever it holds (RFC 9764)", arguments: [1, 2, 100, 1_400])
  func padding(count: Int) {
    expect(nil) { $0 += [UInt8](repeating: 0xFF, count: count) }
  }

  @Test("a multiplier of 0 is discarded") func zeroMultiplier() { expect(.zeroMultiplier) { $0[2] = 0 } }
  @Test("the M bit is discarded") func multipoint() { expect(.multipoint) { $0[1] |= 0x01 } }

  @Test("My Discriminator 0 is discarded") func zeroMyDiscriminator() {
    expect(.zeroMyDiscriminator) { $0.replaceSubrange(4..<8, with: [0, 0, 0, 0]) }
  }

  @Test("a packet with several faults is counted for the first in the RFC's order")
  func order() {
    let faults: [(DropReason, (inout [UInt8]) -> Void)] = [
      (.badVersion, { $0[0] = 0 }), (.lengthTooShort, { $0[3] = 23 }), (.zeroMultiplier, { $0[2] = 0 }),
      (.multipoint, { $0[1] |= 1 }), (.zeroMyDiscriminator, { $0.replaceSubrange(4..<8, with: [0, 0, 0, 0]) }),
    ]
    for first in faults.indices {
      expect(faults[first].0) { bytes in for (_, apply) in faults[first...] { apply(&bytes) } }
    }
  }

  private static let valid = ControlPacket(
    state: .up, detectMultiplier: 3, myDiscriminator: 1, yourDiscriminator: 2, desiredMinTxInterval: 1,
    requiredMinRxInterval: 1
  ).encoded

  /// Decodes a valid packet after `change`; `reason` nil expects it to be accepted.
  private func expect(_ reason: DropReason?, after change: (inout [UInt8]) -> Void) {
    var bytes = Self.valid
    change(&bytes)
    do throws(DropReason) {
      _ = try ControlPacket(decoding: bytes.span)
      #expect(reason == nil)
    } catch {
      #expect(reason == error)
    }
  }
}
