public import NetPrimitives

/// A classic BPF program that the kernel runs on every packet before it reaches a socket's buffer.
public struct PacketFilter: Hashable, Sendable {
  /// One instruction, as in the kernel's `struct sock_filter`.
  public struct Instruction: Hashable, Sendable, BitwiseCopyable {
    /// The operation.
    public let code: UInt16
    /// How many instructions to skip when a comparison holds.
    public let jumpTrue: UInt8
    /// How many instructions to skip when a comparison fails.
    public let jumpFalse: UInt8
    /// The operand.
    public let operand: UInt32

    /// An instruction given in numbers.
    public init(code: UInt16, jumpTrue: UInt8 = 0, jumpFalse: UInt8 = 0, operand: UInt32) {
      self.code = code
      self.jumpTrue = jumpTrue
      self.jumpFalse = jumpFalse
      self.operand = operand
    }
  }

  /// The program.
  public let instructions: [Instruction]

  /// The filter that runs `instructions`. The kernel checks them when the filter is attached.
  public init(_ instructions: [Instruction]) {
    self.instructions = instructions
  }

  /// Passes what may be a BFD control packet (RFC 5880 4.1): a UDP payload of 24 bytes or more, version 1, and a TTL or
  /// hop limit of at least `minimumHopLimit`, where given (RFC 5881 5: 255 for single hop).
  ///
  /// For UDP sockets of `family`. What it drops is seen only in the socket's drop counter, so a driver that counts
  /// drops by reason attaches it when it is being flooded, or leaves the hop limit to its own check.
  public static func bfd(_ family: AddressFamily, minimumHopLimit: UInt8? = nil) -> PacketFilter {
    // The kernel shows a UDP socket's filter the datagram from the UDP header on.
    let payload: UInt32 = 8
    var tests: [[Instruction]] = [
      [.loadLength, .failUnless(.atLeast, payload + 24)],
      [.loadByte(payload), .shiftRight(5), .failUnless(.equal, 1)],
    ]
    if let minimumHopLimit {
      let offset: UInt32 = family == .ipv4 ? 8 : 7
      tests.append([.loadByte(networkHeader &+ offset), .failUnless(.atLeast, UInt32(minimumHopLimit))])
    }
    return PacketFilter(passing: tests.flatMap { $0 })
  }

  /// Sorts what comes to a BFD port, for sockets that share it: 0 is what `bfd` would pass, 1 what is too short for a
  /// control packet, 2 what is not version 1, 3 what has a lower TTL or hop limit than `minimumHopLimit`.
  static func sievingBFD(_ family: AddressFamily, minimumHopLimit: UInt8) -> PacketFilter {
    let hopLimit: UInt32 = family == .ipv4 ? 8 : 7
    // Here the kernel shows the datagram from its payload on.
    return PacketFilter([
      .loadLength, Instruction(code: Instruction.Comparison.atLeast.rawValue, jumpFalse: 6, operand: 24),
      .loadByte(0), .shiftRight(5),
      Instruction(code: Instruction.Comparison.equal.rawValue, jumpFalse: 4, operand: 1),
      .loadByte(networkHeader &+ hopLimit),
      Instruction(code: Instruction.Comparison.atLeast.rawValue, jumpFalse: 3, operand: UInt32(minimumHopLimit)),
      .result(0), .result(1), .result(2), .result(3),
    ])
  }

  /// Passes frames with one of the given ethertypes. For packet sockets bound to all ethertypes.
  public static func etherTypes(_ types: [UInt16]) -> PacketFilter {
    var program: [Instruction] = [.loadHalf(12)]
    for (index, type) in types.enumerated() {
      program.append(Instruction(code: 0x15, jumpTrue: UInt8(types.count - index), operand: UInt32(type)))
    }
    return PacketFilter(program + [.drop, .pass])
  }

  /// Passes UDP packets of `family` to `port`, except later fragments. For packet sockets bound to the family's ethertype.
  public static func udp(_ family: AddressFamily, port: UInt16) -> PacketFilter {
    let udp: UInt32 = 17
    switch family {
    case .ipv4:
      return PacketFilter(passing: [
        .loadByte(23), .failUnless(.equal, udp),
        .loadHalf(20), .failIf(bits: 0x1FFF),
        .loadHeaderLength(14), .loadHalfBehindHeader(14 + 2), .failUnless(.equal, UInt32(port)),
      ])
    case .ipv6:
      return PacketFilter(passing: [
        .loadByte(20), .failUnless(.equal, udp), .loadHalf(14 + 40 + 2), .failUnless(.equal, UInt32(port)),
      ])
    }
  }

  /// Passes nothing: for sockets that only send, and to silence a socket while it is set up.
  public static let none = PacketFilter([.drop])

  /// SKF_NET_OFF: offsets from here on count from the network header.
  private static let networkHeader: UInt32 = 0xFFF0_0000

  /// A program that passes a packet unless one of its `failUnless` tests fails.
  private init(passing tests: [Instruction]) {
    var program = tests
    for index in program.indices {
      let test = program[index]
      // Behind the tests stand "pass" and "drop".
      let distance = UInt8(program.count - index)
      if test.jumpFalse == Instruction.toDrop {
        program[index] = Instruction(code: test.code, jumpFalse: distance, operand: test.operand)
      } else if test.jumpTrue == Instruction.toDrop {
        program[index] = Instruction(code: test.code, jumpTrue: distance, operand: test.operand)
      }
    }
    self.init(program + [.pass, .drop])
  }
}

extension PacketFilter.Instruction {
  /// A comparison with the accumulator.
  enum Comparison: UInt16 {
    case equal = 0x15  // BPF_JMP | BPF_JEQ | BPF_K
    case atLeast = 0x35  // BPF_JMP | BPF_JGE | BPF_K
  }

  /// Stands for "jump to the drop instruction" until the program's length is known.
  static let toDrop: UInt8 = 0xFF

  static let loadLength = Self(code: 0x80, operand: 0)  // BPF_LD | BPF_W | BPF_LEN
  static let pass = Self(code: 0x06, operand: 0xFFFF_FFFF)  // BPF_RET | BPF_K
  static let drop = Self(code: 0x06, operand: 0)

  static func result(_ value: UInt32) -> Self { Self(code: 0x06, operand: value) }
  static func loadByte(_ offset: UInt32) -> Self { Self(code: 0x30, operand: offset) }  // BPF_LD | BPF_B | BPF_ABS
  static func loadHalf(_ offset: UInt32) -> Self { Self(code: 0x28, operand: offset) }  // BPF_LD | BPF_H | BPF_ABS
  static func shiftRight(_ bits: UInt32) -> Self { Self(code: 0x74, operand: bits) }  // BPF_ALU | BPF_RSH | BPF_K
  /// The length of the IPv4 header at `offset`, into the index register.
  /// BPF_LDX | BPF_B | BPF_MSH.
  static func loadHeaderLength(_ offset: UInt32) -> Self { Self(code: 0xB1, operand: offset) }
  /// BPF_LD | BPF_H | BPF_IND: counted from the end of that header.
  static func loadHalfBehindHeader(_ offset: UInt32) -> Self { Self(code: 0x48, operand: offset) }
  /// BPF_JMP | BPF_JSET | BPF_K.
  static func failIf(bits: UInt32) -> Self { Self(code: 0x45, jumpTrue: toDrop, operand: bits) }
  static func failUnless(_ comparison: Comparison, _ operand: UInt32) -> Self {
    Self(code: comparison.rawValue, jumpFalse: toDrop, operand: operand)
  }
}
