@testable import KeepalivedConfig

/// One kind of error: a file with it, what keepalived 2.2.7 was seen to do with that file, and what the daemons run.
struct ErrorRow: Sendable {
  /// The error in words.
  let error: String
  /// What keepalived does.
  let keepalived: String
  /// The file.
  let text: String
  /// The consequence in words, of the first error; `nil` where `-t` has no error.
  let consequence: String?
  /// What runs: every instance with priority, interval in milliseconds and addresses; `nil` where the start is refused.
  let runs: [String]?

  init(_ error: String, _ text: String, keepalived: String, _ consequence: Consequence?, runs: [String]?) {
    self.error = error
    self.text = text
    self.keepalived = keepalived
    self.consequence = consequence.map(\.description)
    self.runs = runs
  }
}

extension ErrorRow {
  private static let usual = ["A 100 1000 192.0.2.100/24"]

  private static func instance(_ lines: String = "", addresses: String = "192.0.2.100/24") -> String {
    "vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\n\(lines)\nvirtual_ipaddress {\n\(addresses)\n}\n}\n"
  }

  private static func without(_ line: String) -> String { instance().replacing(line + "\n", with: "") }

  private static func second(_ lines: String = "") -> String {
    instance(lines, addresses: "192.0.2.101/24").replacing("instance A", with: "instance B")
  }

  /// Every kind of error, in the order of the page.
  static let all: [ErrorRow] = lines + objects + structure + refused

  private static let lines: [ErrorRow] = [
    ErrorRow(
      "a value out of range or no value (`priority 300`, `priority 120,text`)", instance("priority 120,text"),
      keepalived: "the default", .lineLeftOut, runs: usual),
    ErrorRow(
      "`priority =` or a misspelled keyword", instance("prioritty 150"), keepalived: "ignores it", .lineLeftOut,
      runs: usual),
    ErrorRow(
      "a keyword at the wrong level (`garp_interval` in an instance, `enable_script_security` outside of all blocks)",
      "enable_script_security\n" + instance("garp_interval 0.5"), keepalived: "ignores it", .lineLeftOut, runs: usual),
    ErrorRow(
      "`state SLAVE`, `state PEER`", instance("state SLAVE\npriority 90"), keepalived: "BACKUP", .lineLeftOut,
      runs: ["A 90 1000 192.0.2.100/24"]),
    ErrorRow(
      "`advert_int` over 40.95 in version 3", instance("version 3\nadvert_int 100"), keepalived: "40.95",
      .replaced(with: "40.95 s"), runs: ["A 100 40950 192.0.2.100/24"]),
    ErrorRow(
      "an `advert_int` that is no interval", instance("advert_int 300"), keepalived: "1", .lineLeftOut, runs: usual),
    ErrorRow(
      "an unknown `auth_type` (`PASS;`)",
      instance("authentication {\nauth_type PASS;\nauth_pass x\n}"), keepalived: "no authentication", .blockLeftOut,
      runs: usual),
    ErrorRow(
      "`authentication` without `auth_type` or `auth_pass`", instance("authentication {\nauth_type PASS\n}"),
      keepalived: "no authentication", .blockLeftOut, runs: usual),
    ErrorRow(
      "words after `auth_pass`", instance("authentication {\nauth_type PASS\nauth_pass a b\n}"),
      keepalived: "ignores them", nil, runs: usual),
    ErrorRow(
      "an unterminated quote", instance("notify_master \"/bin/true\npriority 120"), keepalived: "ignores the line",
      .lineLeftOut, runs: ["A 120 1000 192.0.2.100/24"]),
    ErrorRow(
      "an address that is none", instance(addresses: "192.0.2.300/24\n192.0.2.101/24"), keepalived: "ignores it",
      .lineLeftOut, runs: ["A 100 1000 192.0.2.101/24"]),
    ErrorRow(
      "a prefix length that cannot be (`/33`)", instance(addresses: "192.0.2.100/33"),
      keepalived: "32, or 128 for IPv6", .replaced(with: "32"), runs: ["A 100 1000 192.0.2.100/32"]),
    ErrorRow(
      "an address of the other family", instance(addresses: "192.0.2.100/24\n2001:db8::1/64"),
      keepalived: "ignores it", .lineLeftOut, runs: usual),
    ErrorRow(
      "`scope` or `label` with an IPv6 address", instance(addresses: "fe80::1/64 dev eth0 scope link"),
      keepalived: "ignores the word", .wordLeftOut, runs: ["A 100 1000 fe80::1/64"]),
    ErrorRow(
      "`brd` with an IPv6 address, an invalid `brd`, a `label` of more than 15 bytes",
      instance(addresses: "192.0.2.100/24\n192.0.2.101/24 brd x"), keepalived: "ignores the address",
      .objectLeftOut("address"), runs: usual),
    ErrorRow(
      "an unknown word after an address", instance(addresses: "192.0.2.100/24 bogus label eth0:1"),
      keepalived: "ignores the word", .wordLeftOut, runs: usual),
    ErrorRow(
      "a `unicast_peer` that is no address", instance("unicast_peer {\n192.0.2.300\n192.0.2.3\n}"),
      keepalived: "ignores it", .lineLeftOut, runs: usual),
    ErrorRow(
      "a prefix length after `unicast_src_ip` or a peer",
      instance("unicast_src_ip 192.0.2.1/24\nunicast_peer {\n192.0.2.3/24\n}"), keepalived: "ignores it", nil,
      runs: usual),
    ErrorRow(
      "a route or a rule with anything wrong in it",
      instance("virtual_routes {\n10.9.0.0/16 via 192.0.2.9 metric abc\n}"), keepalived: "ignores the route",
      .lineLeftOut, runs: usual),
    ErrorRow(
      "something tracked that is not declared", instance("track_script {\nnosuch\n}"), keepalived: "ignores it",
      .lineLeftOut, runs: usual),
    ErrorRow(
      "a `weight` out of range", instance("track_interface {\neth1 weight 300\n}"),
      keepalived: "the weight of the declaration", .lineLeftOut, runs: usual),
    ErrorRow(
      "a keyword that is skipped, with any value", "global_defs {\nchecker_rt_priority 130\n}\n" + instance(),
      keepalived: "an error", nil, runs: usual),
  ]

  private static let objects: [ErrorRow] = [
    ErrorRow(
      "two blocks with one name", instance() + instance("priority 150"), keepalived: "ignores the second",
      .blockLeftOut, runs: usual),
    ErrorRow(
      "a group without `group`, or without a member that exists", instance() + "vrrp_sync_group G {\nA\n}\n",
      keepalived: "ignores the group", .lineLeftOut, runs: usual),
    ErrorRow(
      "a member that does not exist, or is in another group",
      instance() + "vrrp_sync_group G {\ngroup {\nA\nB\n}\n}\n", keepalived: "ignores the member", .wordLeftOut,
      runs: usual),
    ErrorRow(
      "a `vrrp_script` without `script`", "vrrp_script s {\ninterval 2\n}\n" + instance("track_script {\ns\n}"),
      keepalived: "ignores it and what tracks it", .objectLeftOut("vrrp_script"), runs: usual),
    ErrorRow(
      "a `bfd_instance` without a usable `neighbor_ip`", "bfd_instance b {\nneighbor_ip 192.0.2.300\n}\n" + instance(),
      keepalived: "ignores the session; what tracks it is in FAULT", .objectLeftOut("bfd_instance"), runs: usual),
    ErrorRow(
      "a BFD key that cannot be used",
      "bfd_instance b {\nneighbor_ip 192.0.2.2\nauthentication {\nkey x\n}\n}\n"
        + instance(), keepalived: "has no such keys", .objectLeftOut("session"), runs: usual),
    ErrorRow(
      "version 2 for IPv6", instance("version 2", addresses: "fe80::1/64") + second().replacing("51", with: "52"),
      keepalived: "sends version 2 over IPv6, which no standard knows", .objectLeftOut("vrrp_instance"),
      runs: ["B 100 1000 192.0.2.101/24"]),
  ]

  private static let structure: [ErrorRow] = [
    ErrorRow(
      "an unknown block", "foo x {\na b\n}\n" + instance("foo_block {\na b\n}\npriority 150"),
      keepalived: "ignores its lines one by one; within an instance its `}` ends that", .blockLeftOut,
      runs: ["A 150 1000 192.0.2.100/24"]),
    ErrorRow(
      "prose or shell around the blocks", "This is a file\ncat > /etc/x <<EOT\n" + instance() + "EOT\n",
      keepalived: "ignores the lines", .lineLeftOut, runs: usual),
    ErrorRow("a `}` too many", "}\n" + instance(), keepalived: "ignores it", .wordLeftOut, runs: usual),
    ErrorRow(
      "missing `}` at the end of the file", String(instance().dropLast(2)), keepalived: "takes it to be there",
      .braceAssumed, runs: usual),
    ErrorRow(
      "a missing `{`", instance().replacing("vrrp_instance A {", with: "vrrp_instance A"),
      keepalived: "takes it to be there", .braceAssumed, runs: usual),
    ErrorRow(
      "an undefined `${NAME}`", instance("priority ${NOSUCH}"),
      keepalived: "takes its braces for a block, and loses the rest of the instance", .lineLeftOut, runs: usual),
    ErrorRow(
      "an `include` that finds nothing", "include /etc/no.d/*.conf\ninclude /etc/no.conf\n" + instance(),
      keepalived: "says nothing", nil, runs: usual),
  ]

  private static let refused: [ErrorRow] = [
    ErrorRow(
      "no or no valid `virtual_router_id`", instance().replacing("51", with: "300"), keepalived: "ends",
      .startRefused, runs: nil),
    ErrorRow("no `interface`", without("interface eth0"), keepalived: "ends", .startRefused, runs: nil),
    ErrorRow(
      "the same `virtual_router_id` twice on an interface, for the same group", instance() + second(),
      keepalived: "ends", .startRefused, runs: nil),
    ErrorRow(
      "version 3 without an address", instance("version 3").replacing("192.0.2.100/24\n", with: ""),
      keepalived: "ends", .startRefused, runs: nil),
    ErrorRow(
      "a keyword without the word it needs (`priority`)", instance("priority"), keepalived: "ends", .startRefused,
      runs: nil),
  ]

  /// The table as it stands on the page.
  static var page: String {
    var text = "| error | keepalived 2.2.7 | Baton |\n|---|---|---|\n"
    for row in all {
      let what = row.consequence ?? "a warning; nothing is left out"
      text += "| \(row.error) | \(row.keepalived) | \(what) |\n"
    }
    return text
  }
}
