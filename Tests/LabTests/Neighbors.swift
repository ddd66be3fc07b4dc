import LabKit
import NetPrimitives

/// Two machines on one wire: Baton on one, a peer on the other.
final class Neighbors {
  let lab: Lab
  let ours: Host
  let theirs: Host
  let observer: Observer
  let baton: Baton

  init() throws {
    baton = try LabTests.baton()
    lab = try Lab()
    let addresses = { (number: Int) in AddressFamily.allCases.map { Self.address($0, number).text } }
    ours = try lab.addHost("ours", [Interface("eth0", addresses(1))])
    theirs = try lab.addHost("theirs", [Interface("eth0", addresses(2))])
    observer = try Observer(lab)
  }

  /// The address of our host (1), the peer's (2), or a virtual one (100).
  static func address(_ family: AddressFamily, _ number: Int) -> (bare: String, text: String) {
    switch family {
    case .ipv4: ("192.0.2.\(number)", "192.0.2.\(number)/24")
    case .ipv6: ("2001:db8::\(number)", "2001:db8::\(number)/64")
    }
  }

  /// An instance on `eth0` that advertises every tenth of a second, with one address and what `lines` say.
  static func instance(_ name: String, _ vrid: Int, _ address: String, _ lines: String = "") -> String {
    """
    vrrp_instance \(name) {
        interface eth0
        virtual_router_id \(vrid)
        version 3
        advert_int 0.1
        \(lines)
        virtual_ipaddress {
            \(address)
        }
    }

    """
  }

  /// Waits for something that the daemons do.
  func wait(_ what: String, _ condition: () throws -> Bool) throws { try eventually(what, in: lab, condition) }

  /// The state of a router's only instance.
  func state(of host: Host) throws -> String { try baton.instances(on: host).map(\.state).joined() }

  /// Waits until our only session is in this state.
  func waitForSession(_ state: String) throws {
    try wait("bfdctl shows \(state)") { try baton.sessions(on: ours).map(\.localState) == [state] }
  }
}
