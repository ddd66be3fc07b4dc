/// What a reason to discard a BFD packet means, and what to do about it.
struct PacketDrop {
  let meaning: String
  let advice: String?

  /// Whether packets discarded for this reason are counted before a session is found for them.
  static func isStray(_ reason: String) -> Bool { strays[reason] != nil }

  init(_ reason: String) {
    (meaning, advice) =
      Self.strays[reason] ?? Self.own[reason]
      ?? (SessionText.words(reason), "compare the configuration of both ends")
  }

  private typealias Text = (String, String?)

  private static let malformed = "something other than BFD sends to this port, or the neighbor's BFD is broken"

  private static let strays: [String: Text] = [
    "truncated": ("shorter than a BFD packet", malformed),
    "bad_version": ("not BFD version 1", malformed),
    "length_too_short": ("the length field is too small", malformed),
    "length_beyond_payload": ("the length field is larger than the packet", malformed),
    "zero_multiplier": ("detection multiplier 0", malformed),
    "multipoint": ("the multipoint bit is set, which RFC 5880 forbids", malformed),
    "zero_my_discriminator": ("the sender's discriminator is 0", malformed),
    "unknown_discriminator": (
      "they name a discriminator that is not ours, as after a restart of this daemon",
      "this ends when the neighbor's detection time is over; if it lasts, two systems may share an address"
    ),
    "zero_your_discriminator": (
      "the sender claims Init or Up without naming our discriminator", "the neighbor's BFD breaks RFC 5880 6.8.6"
    ),
    "unsolicited_not_allowed": (
      "bfd_unsolicited makes no session for their sender, who is not in the interface's subnet or not in its allow list",
      "widen allow in bfd_unsolicited, or configure a bfd_instance for it"
    ),
    "unsolicited_limit": (
      "bfd_unsolicited has made as many sessions as its max_sessions lets it", "raise max_sessions, or see who they are"
    ),
    "receive_buffer_full": (
      "they came faster than this daemon reads",
      "somebody floods the port, or this machine is short of processor time; a larger net.core.rmem_max bridges short bursts"
    ),
    "unknown_echo": (
      "they come to the echo port and are neither ours nor those of a neighbor that may have them sent back",
      "a neighbor that still sends echo to a session that is not Up; otherwise somebody probes the port"
    ),
    "no_session": (
      "they come from an address, to an address, on an interface or on a port for which no session is configured",
      "compare neighbor_ip, source_ip, interface and multihop with what tcpdump -ni any udp port 3784 or udp port 4784 shows"
    ),
  ]

  private static let own: [String: Text] = [
    "wrong_vrf": (
      "they name this session's discriminator and came in by another VRF",
      "the neighbor sends by another way than this session does: compare vrf here with the routes there"
    ),
    "wrong_interface": (
      "they came in by another interface than the one the session is bound to",
      "the neighbor sends over another link, as after its own link was cut; where that is intended, set interface"
    ),
    "wrong_port": (
      "one end is single hop (port 3784), the other multihop (port 4784)", "set multihop on both ends or on neither"
    ),
    "hop_limit_unknown": ("the kernel did not tell the TTL", "the interface's driver or the kernel is at fault"),
    "hop_limit_too_low": (
      "the TTL or hop limit is lower than this session accepts",
      "a single hop needs 255 (RFC 5881 5): a router is between, or the neighbor sends less (keepalived sends IPv6 with 64: give it hoplimit 255); otherwise raise max_hops"
    ),
    "path_unavailable": ("our own address or interface is missing", "ip address, ip link"),
    "unexpected_authentication": (
      "they are authenticated and this session is not",
      "configure the neighbor's authentication here, or remove it there"
    ),
    "missing_authentication": (
      "they are not authenticated and this session demands it",
      "configure the same authentication on the neighbor, or remove it here"
    ),
    "authentication_type_mismatch": (
      "they are authenticated by another type", "configure the same authentication type on both ends"
    ),
    "unknown_key_id": ("they are authenticated with a key id that this session does not have", "compare the key ids"),
    "authentication_length": (
      "the length of their authentication does not fit its type, or their password is of another length",
      "compare the authentication types and passwords"
    ),
    "replayed_sequence": (
      "their sequence number is not ahead of the last one, or too far ahead",
      "after a restart of the neighbor this ends within two detection times; otherwise somebody replays packets"
    ),
    "digest_mismatch": (
      "their digest is not made with our key",
      "compare the keys of both ends; a neighbor that is FRR needs type frr-hmac-sha1"
    ),
    "password_mismatch": ("their password is not ours", "compare the passwords of both ends"),
    "sbfd_not_reflected": (
      "they are no answers of the reflector: another discriminator, another state than Up or AdminDown, or the D bit",
      "compare remote_discriminator with the reflector's"
    ),
    "echo_digest_mismatch": (
      "they claim to be our echo packets and are not, or those of an earlier time", "if it lasts, somebody forges them"
    ),
    "echo_repeated": ("our echo packets that came back twice", "two systems send them back, or the wire repeats them"),
    "echo_hop_limit": (
      "their TTL or hop limit is not 254, so not exactly one system sent them back",
      "the neighbor must forward them once; nothing else may stand between"
    ),
    "echo_rate": (
      "they are echo packets that come more often than echo_rx lets them, and are not sent back",
      "raise the neighbor's echo interval, or lower echo_rx here"
    ),
    "administratively_down": ("the session is held in AdminDown here", nil),
  ]
}
