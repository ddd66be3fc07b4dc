import FoundationEssentials
import LabKit

/// What `bfdctl show --json` says about a session, as far as tests look at it.
struct ShownSession: Decodable {
  struct Diagnostic: Decodable {
    let number: Int
    let text: String
  }
  struct Statistics: Decodable {
    let upCount: Int
    let downCount: Int
    let receivePacketCount: Int
    let sendOversizePacketCount: Int
    let echoReceivePacketCount: Int
    let echoLoopPacketCount: Int
    let drops: [String: Int]
  }

  let name: String
  let neighbor: String
  let type: String
  let origin: String
  let localState: String
  let remoteState: String?
  let localDiagnostic: Diagnostic?
  let negotiatedRxInterval: Int?
  let negotiatedEchoTxInterval: Int?
  let echoLastRoundTrip: Int?
  let echoProblem: String?
  let demandActive: Bool
  let remoteDemandActive: Bool
  let negotiatedTxInterval: Int?
  let authenticationType: String?
  let authenticationKeyId: Int?
  let statistics: Statistics
}

/// What `vrrpctl show --json` says about an instance, as far as tests look at it.
struct ShownInstance: Decodable {
  struct Address: Decodable {
    let address: String
    let label: String?
  }
  struct Tracked: Decodable {
    let kind: String
    let name: String
    let state: String
    let weight: Int
  }

  struct Statistics: Decodable {
    let advertisementRcvd: Int
    let authenticationErrors: Int
    let otherErrors: Int
  }

  let name: String
  let interface: String
  let version: Int
  let state: String
  let priority: Int
  let effectivePriority: Int
  let masterAddress: String?
  let virtualAddresses: [Address]
  let tracked: [Tracked]
  let statistics: Statistics
}

extension Baton {
  /// The sessions of the host's bfdd; none while it cannot be asked.
  func sessions(on host: Host) throws -> [ShownSession] { try shown("bfdctl", on: host) }

  /// The instances of the host's vrrpd; none while it cannot be asked.
  func instances(on host: Host) throws -> [ShownInstance] { try shown("vrrpctl", on: host) }

  private func shown<Item: Decodable>(_ tool: String, on host: Host) throws -> [Item] {
    let (status, output) = try host.status([path(tool), "show", "--json"])
    guard status == 0 else { return [] }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode([Item].self, from: Data(output.utf8))
  }
}
