import ControlInterface

/// What is wrong with the advertisements of another router, for `explain`.
extension Explanation {
  /// A router that this one hears, but not as a router of the same addresses: the usual reason for two masters.
  static func troubleFindings(_ instance: InstanceInfo) -> [Finding] {
    guard let trouble = instance.trouble, trouble.age <= longestAge(instance) else { return [] }
    let age = DurationText.interval(trouble.age)
    if trouble.reason == "address_list_errors" {
      return [
        Finding(
          "other_addresses",
          "\(trouble.source) advertises other addresses for this virtual router, \(age) ago: another cluster has the same virtual_router_id, or one of the files is not up to date.",
          advice: "vrrpctl foreign; compare virtual_ipaddress and virtual_router_id of both routers")
      ]
    }
    let (what, advice) = words(trouble.reason)
    return [
      Finding(
        "refused", "Advertisements from \(trouble.source) arrive, the last \(age) ago, and are refused: \(what).",
        advice: advice)
    ]
  }

  /// By then an active router would have been heard again, even where its interval is another one.
  private static func longestAge(_ instance: InstanceInfo) -> Int { max(10_000_000, 4 * instance.advertiseInterval) }

  private static func words(_ reason: String) -> (what: String, advice: String) {
    switch reason {
    case "authentication_failures", "unknown_key_id":
      ("the password or key is not ours", "auth_pass or auth_hmac of both routers")
    case "authentication_type_mismatch", "missing_authentication", "invalid_authentication_type":
      ("it authenticates in another way", "authentication and auth_hmac of both routers")
    case "stale_authentication": ("its clock is too far from ours", "the clocks of both routers (NTP)")
    case "replayed_sequence": ("it repeats an old sequence number", "is somebody replaying recorded packets")
    case "malformed_authentication": ("its authentication data is malformed", "a capture of protocol 112")
    case "version_errors": ("it speaks another VRRP version", "version or vrrp_version of both routers")
    case "interval_errors":
      ("version 2 routers need the same interval, and it has another", "advert_int of both routers")
    case "ip_ttl_errors": ("its TTL is not 255, so it did not come from this link", "who forwards protocol 112")
    case "destination_errors":
      ("one of the two routers uses unicast, the other multicast", "unicast_peer of both routers")
    case "unicast_source_errors":
      (
        "it is no unicast peer, or further away than its peer line allows",
        "unicast_peer and unicast_src_ip of both routers"
      )
    case "own_address_pkts_rcvd":
      ("they bear our own address", "does the network reflect packets, does another router have the same address")
    default: (SessionText.words(reason), "a capture of protocol 112")
    }
  }
}
