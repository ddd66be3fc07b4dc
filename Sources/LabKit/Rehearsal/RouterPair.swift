internal import KeepalivedConfig
internal import NetPrimitives

/// The statements of two routers that belong together: a user's two files, or one file and what is derived from it for the
/// other router.
///
/// The other router gets the addresses exchanged (`source_ip` with `neighbor_ip`, `unicast_src_ip` with the first
/// `unicast_peer`), addresses of its own where the file names some of the router's alone, and another priority and state.
struct RouterPair {
  private(set) var first: [Statement]
  private(set) var second: [Statement]
  /// What was left out, in words.
  private(set) var notes: [String] = []

  /// Two files as written. A BFD neighbour of both is neither of the two, nor is a reflector of S-BFD: their sessions are
  /// left out.
  init(
    _ first: [Statement], _ firstModel: Configuration, and second: [Statement], _ secondModel: Configuration
  ) {
    let others = Set(firstModel.bfdInstances.map(\.neighbor)).intersection(secondModel.bfdInstances.map(\.neighbor))
    func foreign(_ model: Configuration) -> [BFDInstance] {
      model.bfdInstances.filter { others.contains($0.neighbor) || $0.remoteDiscriminator != nil }
    }
    self.first = first.without(sessions: Set(foreign(firstModel).map(\.name)))
    self.second = second.without(sessions: Set(foreign(secondModel).map(\.name)))
    addNote(about: foreign(firstModel))
  }

  /// One file, and the other router made from it.
  init(_ statements: [Statement], _ model: Configuration) {
    var exchange = Exchange(model)
    exchange.pair()
    let foreign = exchange.foreignSessions
    first = statements.without(sessions: Set(foreign.map(\.name)))
    second = []
    let roles = Dictionary(model.vrrpInstances.map { ($0.name, CounterpartRole($0, model)) }) { first, _ in first }
    second = first.map { Self.mirrored($0, exchange.partners, roles) }
    addNote(about: foreign)
    let absent = model.vrrpInstances.flatMap { $0.unicastPeers.dropFirst() }.map { "\($0.address)" }
    if !absent.isEmpty {
      notes.append("not there: the further routers \(Set(absent).sorted().joined(separator: ", ")) of unicast_peer")
    }
  }

  private mutating func addNote(about sessions: [BFDInstance]) {
    guard !sessions.isEmpty else { return }
    let list = sessions.map { "\($0.name) to \($0.neighbor)" }.joined(separator: ", ")
    notes.append("left out: BFD sessions to others than the second router: \(list)")
  }

  private static func mirrored(
    _ statement: Statement, _ partners: [IPAddress: IPAddress], _ roles: [String: CounterpartRole]
  ) -> Statement {
    var result = statement
    result.text = exchanged(statement.text, partners)
    result.block = statement.block.map { $0.map { mirrored($0, partners, roles) } }
    if statement.keyword == "vrrp_instance", let role = roles[statement.words.dropFirst().first ?? ""] {
      let kept = (result.block ?? []).filter { !["priority", "state"].contains($0.keyword) }
      let own = ["state \(role.isRaised ? "MASTER" : "BACKUP")", "priority \(role.priority)"]
      result.block = own.map { Statement($0, at: statement.location) } + kept
    }
    return result
  }

  /// The text with every word that is an address with a partner, or begins with one (`/24`, `%eth0`), replaced.
  private static func exchanged(_ text: String, _ partners: [IPAddress: IPAddress]) -> String {
    let words = Statement(text, at: SourceLocation(file: "", line: 1, column: 1)).words
    let changed = words.map { word in
      let address = word.prefix { $0 != "/" && $0 != "%" }
      guard let partner = IPAddress(address).flatMap({ partners[$0] }) else { return word }
      return "\(partner)" + word.dropFirst(address.count)
    }
    guard changed != words else { return text }
    return changed.map(quoted).joined(separator: " ")
  }

  private static func quoted(_ word: String) -> String {
    let needsQuotes = word.isEmpty || word.contains { " \t{}#!".contains($0) }
    return needsQuotes ? "\"\(word)\"" : word
  }
}

/// What the other router is for an instance.
///
/// The file's router is the better one, unless it says that it is the backup, with less than the customary priority.
/// The two priorities are 10 apart, or less where a check that fails has to bridge the difference.
struct CounterpartRole {
  /// Whether the other router is the better one.
  let isRaised: Bool
  /// The other router's priority, 1 to 254.
  let priority: Int

  init(_ instance: VRRPInstance, _ model: Configuration) {
    let own = Int(instance.priority)
    let least = model.tracked(by: instance).map { abs($0.weight.value) }.filter { $0 > 0 }.min() ?? 20
    let difference = max(min(10, least / 2), 1)
    isRaised = instance.state == .backup && own < 100 && instance.preempt
    priority = isRaised ? own + difference : max(own - difference, 1)
  }
}

/// Which address of one router stands for which of the other.
private struct Exchange {
  private(set) var partners: [IPAddress: IPAddress] = [:]
  /// Sessions whose neighbour cannot be the other router: another address of it is known, or it is a reflector.
  private(set) var foreignSessions: [BFDInstance] = []
  private let model: Configuration
  private var addresses = AddressPlan()

  init(_ model: Configuration) {
    self.model = model
    addresses.take(model.vrrpInstances.flatMap(\.watchedAddresses).map(\.address))
    addresses.take(model.vrrpInstances.flatMap { $0.unicastPeers.map(\.address) })
    addresses.take(model.vrrpInstances.compactMap(\.sourceAddress))
    addresses.take(model.bfdInstances.map(\.neighbor) + model.bfdInstances.compactMap(\.source))
    addresses.take(model.staticAddresses.map(\.address))
  }

  mutating func pair() {
    for instance in model.vrrpInstances {
      if let peer = instance.unicastPeers.first {
        pair(own: instance.sourceAddress, peer: peer.address)
      } else if let own = instance.sourceAddress {
        pairAlone(own, network: AddressPlan.customaryNetwork(of: own))
      }
    }
    for session in model.bfdInstances {
      let isOther = session.remoteDiscriminator == nil && pair(own: session.source, peer: session.neighbor)
      if !isOther { foreignSessions.append(session) }
    }
    for entry in model.staticAddresses { pairAlone(entry.address, network: entry.prefix) }
  }

  /// Returns whether the two can belong together.
  @discardableResult
  private mutating func pair(own: IPAddress?, peer: IPAddress) -> Bool {
    if let known = partners[peer] { return own == nil || own == known }
    if let own { return partners[own] == nil && note(own, peer) }
    guard let network = AddressPlan.customaryNetwork(of: peer),
      !partners.keys.contains(where: network.contains), let spare = addresses.spare(in: network, number: 101)
    else { return false }
    return note(spare.address, peer)
  }

  private mutating func pairAlone(_ own: IPAddress, network: IPPrefix?) {
    guard partners[own] == nil, let network, let spare = addresses.spare(in: network, number: 102) else { return }
    _ = note(own, spare.address)
  }

  private mutating func note(_ own: IPAddress, _ peer: IPAddress) -> Bool {
    partners[own] = peer
    partners[peer] = own
    return true
  }
}

extension [Statement] {
  /// These statements without the named BFD sessions and what tracks them.
  fileprivate func without(sessions: Set<String>) -> [Statement] {
    guard !sessions.isEmpty else { return self }
    return compactMap { statement in
      var result = statement
      switch statement.keyword {
      case "bfd_instance", "sbfd_initiator":
        if sessions.contains(statement.words.dropFirst().first ?? "") { return nil }
      case "track_bfd": result.block = statement.block?.filter { !sessions.contains($0.keyword) }
      default: result.block = statement.block?.without(sessions: sessions)
      }
      return result
    }
  }
}
