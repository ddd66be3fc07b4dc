public import NetPrimitives

/// `bfd_instance NAME {}` or `sbfd_initiator NAME {}`: one BFD session, as keepalived.conf says it.
public struct BFDInstance: Hashable, Sendable {
  /// The name, unique, at most 31 bytes.
  public var name: String
  /// `neighbor_ip`.
  public var neighbor: IPAddress
  /// `interface`, or the one behind a link-local `neighbor_ip`, as in `fe80::1%eth0`. `nil`: that with an address in the neighbor's subnet.
  public var interface: String?
  /// `vrf`: the VRF device whose routes and addresses are used. `nil`: none.
  public var vrf: String?
  /// `dscp`: what packets are marked with, 0 to 63; 48 is CS6, network control.
  public var dscp: UInt8 = 48
  /// `source_ip`, of the neighbour's family. `nil`: the kernel chooses.
  public var source: IPAddress?
  /// `min_rx`: Required Min RX Interval, 1 ms to 4294967 ms.
  public var requiredMinRX = Interval.milliseconds(10)
  /// `min_tx`: Desired Min TX Interval while Up, 1 ms to 4294967 ms.
  public var desiredMinTX = Interval.milliseconds(10)
  /// `idle_tx`: Desired Min TX Interval while not Up, 1 s to 4294.967 s.
  public var idleTX = Interval.milliseconds(1_000)
  /// `multiplier`: Detect Mult, 1 to 255.
  public var multiplier: UInt8 = 5
  /// `padded_pdu_size`: the UDP payload of our packets in bytes, 24 to 65507, sent unfragmented (RFC 9764). `nil`: no
  /// padding.
  public var paddedPDUSize: Int?
  /// `passive`: no packet before one was received.
  public var passive = false
  /// `admin_down`: the session is held in AdminDown.
  public var adminDown = false
  /// `log_state_changes`: every change of state is a line in the log.
  public var logStateChanges = true
  /// `notify_up`, `notify_down`, `notify`.
  public var notify = BFDNotifyScripts()
  /// `ttl`, `hoplimit`: what packets are sent with, 1 to 255. Not given: 255 (keepalived: 64 for IPv6).
  public var ttl: UInt8 = 255
  /// `max_hops`: how many hops a received packet may have made, -1 (any number) to 255.
  public var maxHops = 0
  /// `multihop`: RFC 5883, port 4784.
  public var multihop = false
  /// `remote_discriminator` of an `sbfd_initiator`: the reflector's. `nil`: this is no initiator.
  public var remoteDiscriminator: UInt32?
  /// `echo_rx`: Required Min Echo RX Interval, 1 ms to 4294967 ms. `nil`: echo packets are not looped.
  public var requiredMinEchoRX: Interval?
  /// `echo_tx`: time between two echo packets while Up, 1 ms to 4294967 ms. `nil`: none are sent.
  public var echoTX: Interval?
  /// `unaffiliated_echo`: RFC 9747.
  public var unaffiliatedEcho = false
  /// `demand`: Demand mode is asked for.
  public var demand = false
  /// `demand_poll_interval`: time between two Polls in Demand mode, 100 ms to 4294967 ms.
  public var demandPollInterval = Interval.seconds(10)
  /// Every `authentication`: all keys are accepted, the first is used to send.
  public var authentication: [BFDAuthentication] = []
  /// `weight`: for every instance that tracks the session without a weight of its own.
  public var weight = TrackWeight.fault
  /// Where the block begins.
  public var location: SourceLocation

  /// A session to `neighbor` with every default.
  public init(name: String, neighbor: IPAddress, location: SourceLocation) {
    self.name = name
    self.neighbor = neighbor
    self.location = location
  }

  /// The least TTL or hop limit a received packet may have: `ttl` - `max_hops`; 0 where `max_hops` is -1 or 255.
  public var minimumReceivedTTL: UInt8 {
    maxHops < 0 || maxHops == 255 ? 0 : UInt8(max(0, Int(ttl) - maxHops))
  }
}
