internal import KeepalivedConfig
public import NetPrimitives

/// What a failover is run with: the two routers' configurations and the network that fits them.
public struct FailoverPlan: Sendable {
  /// One router's side.
  public struct Side: Sendable {
    /// The text of its /etc/keepalived/keepalived.conf.
    public var configuration: String
    /// Its interfaces.
    public var interfaces: [Interface]

    /// A router with this configuration and these interfaces.
    public init(configuration: String, interfaces: [Interface]) {
      self.configuration = configuration
      self.interfaces = interfaces
    }
  }

  /// The router that is to be active, and gets the fault.
  public var active: Side
  /// The router that is to take over.
  public var backup: Side
  /// Further files of both routers: path to text. Those that begin with `#!` are executable.
  public var files: [String: String] = [:]
  /// The client's interface, from which the address is pinged.
  public var client: Interface
  /// The address that moves.
  public var virtualAddress: IPAddress
  /// Whether the configuration has BFD sessions.
  public var usesBFD: Bool
  /// How often the active router advertises.
  public var advertisementInterval: Interval

  /// A plan with these parts.
  public init(
    active: Side, backup: Side, client: Interface, virtualAddress: IPAddress, usesBFD: Bool,
    advertisementInterval: Interval
  ) {
    self.active = active
    self.backup = backup
    self.client = client
    self.virtualAddress = virtualAddress
    self.usesBFD = usesBFD
    self.advertisementInterval = advertisementInterval
  }

  /// The demonstration: VRRPv2 with an advertisement a second, BFD every 10 ms with multiplier 3, tracked with weight 40.
  public static let demo = FailoverPlan(
    active: Side(
      configuration: demoConfiguration(source: "10.0.2.4", neighbor: "10.0.2.8", priority: 100),
      interfaces: [Interface("eth0", on: "eth0", ["10.0.2.4/24"])]),
    backup: Side(
      configuration: demoConfiguration(source: "10.0.2.8", neighbor: "10.0.2.4", priority: 90),
      interfaces: [Interface("eth0", on: "eth0", ["10.0.2.8/24"])]),
    client: Interface("eth0", on: "eth0", ["10.0.2.250/24"]),
    virtualAddress: .v4(IPv4Address(0x0A00_0264)), usesBFD: true, advertisementInterval: .seconds(1))

  private static func demoConfiguration(source: String, neighbor: String, priority: Int) -> String {
    """
    bfd_instance heartbeat {
        neighbor_ip \(neighbor)
        source_ip \(source)
        min_rx 10
        min_tx 10
        multiplier 3
    }

    vrrp_instance VI_1 {
        state BACKUP
        interface eth0
        virtual_router_id 51
        priority \(priority)
        advert_int 1
        virtual_ipaddress {
            10.0.2.100
        }
        track_bfd {
            heartbeat weight 40
        }
    }

    """
  }
}

extension FailoverPlan {
  /// A plan for given configurations. Interfaces and addresses are made to fit them: every interface of a
  /// `vrrp_instance`, with the addresses that the file names as its own (`source_ip`, `unicast_src_ip`), or else with an
  /// address out of the virtual address's network.
  ///
  /// Without `backup`, the other router gets the same configuration with the two routers' addresses exchanged and each
  /// priority lowered by 10.
  ///
  /// - Parameter files: files of both routers by path, such as included files and scripts.
  public init(active text: String, backup: String?, files: [String: String] = [:]) throws(LabError) {
    let model = try Self.load(text, files)
    guard let instance = model.vrrpInstances.first, let address = instance.virtualAddresses.first?.address else {
      throw .configuration("the configuration has no vrrp_instance with a virtual address")
    }
    let backupText = backup ?? Self.mirrored(text, pairs: Self.pairs(model))
    let backupModel = try Self.load(backupText, files)
    self.init(
      active: Side(configuration: text, interfaces: Self.interfaces(model, number: 101)),
      backup: Side(configuration: backupText, interfaces: Self.interfaces(backupModel, number: 102)),
      client: Interface(
        name: "eth0", segment: instance.interface, addresses: Self.neighbor(of: address, number: 250)),
      virtualAddress: address, usesBFD: !model.bfdInstances.isEmpty,
      advertisementInterval: instance.advertisementInterval)
    self.files = files
  }

  private static func load(_ text: String, _ files: [String: String]) throws(LabError) -> Configuration {
    let path = "/etc/keepalived/keepalived.conf"
    let all = files.merging([path: text]) { _, new in new }
    var source = ConfigurationSource(identifier: "lab", randomSeed: 1)
    source.readFile = { (path, _) throws(FileProblem) in
      guard let text = all[path] else { throw .missing }
      return ConfigurationFile(bytes: [UInt8](text.utf8))
    }
    source.matchPaths = { pattern in all[pattern] == nil ? [] : [pattern] }
    do { return try Configuration.load(path: path, from: source).configuration } catch {
      throw .configuration("\(path): \(error)")
    }
  }

  /// Addresses that stand for one router and, exchanged, for the other.
  private static func pairs(_ model: Configuration) -> [(IPAddress, IPAddress)] {
    var pairs: [(IPAddress, IPAddress)] = []
    for session in model.bfdInstances {
      if let source = session.source { pairs.append((source, session.neighbor)) }
    }
    for instance in model.vrrpInstances {
      if let source = instance.sourceAddress, let peer = instance.unicastPeers.first {
        pairs.append((source, peer.address))
      }
    }
    return pairs
  }

  /// The other router's configuration: addresses exchanged, priorities lowered. Everything else stays as it is written.
  static func mirrored(_ text: String, pairs: [(IPAddress, IPAddress)]) -> String {
    var exchange: [IPAddress: IPAddress] = [:]
    for (one, other) in pairs {
      exchange[one] = other
      exchange[other] = one
    }
    var result = ""
    var previousWord = ""
    var word = ""
    func finishWord() {
      if previousWord == "priority", let priority = Int(word) {
        result += String(max(priority - 10, 1))
      } else if let address = IPAddress(word), let other = exchange[address] {
        result += "\(other)"
      } else {
        result += word
      }
      if !word.isEmpty { previousWord = word }
      word = ""
    }
    for character in text {
      if character.isWhitespace || character == "{" || character == "}" {
        finishWord()
        result.append(character)
      } else {
        word.append(character)
      }
    }
    finishWord()
    return result
  }

  private static func interfaces(_ model: Configuration, number: UInt64) -> [Interface] {
    var interfaces: [Interface] = []
    for instance in model.vrrpInstances where !interfaces.contains(where: { $0.name == instance.interface }) {
      interfaces.append(Interface(name: instance.interface, segment: instance.interface, addresses: []))
    }
    var own = model.vrrpInstances.compactMap(\.sourceAddress)
    own += model.bfdInstances.compactMap(\.source)
    for address in own where !interfaces.contains(where: { $0.addresses.contains { $0.address == address } }) {
      guard let network = network(of: address) else { continue }
      let instance = model.vrrpInstances.first { $0.virtualAddresses.contains { network.contains($0.address) } }
      let index = interfaces.firstIndex { $0.name == instance?.interface } ?? 0
      if interfaces.indices.contains(index) { interfaces[index].addresses.append(network) }
    }
    for instance in model.vrrpInstances {
      guard let index = interfaces.firstIndex(where: { $0.name == instance.interface }),
        let virtual = instance.virtualAddresses.map(\.address).first(where: { !$0.isLinkLocal }),
        !interfaces[index].addresses.contains(where: { $0.address.family == virtual.family })
      else { continue }
      interfaces[index].addresses += neighbor(of: virtual, number: number)
    }
    return interfaces
  }

  /// The /24 or /64 that an address is taken to be in, with the address itself.
  private static func network(of address: IPAddress) -> IPPrefix? {
    IPPrefix(address, length: address.family == .ipv4 ? 24 : 64)
  }

  /// Host `number` in the same /24 or /64 as `address`, with its prefix length.
  private static func neighbor(of address: IPAddress, number: UInt64) -> [IPPrefix] {
    let host: IPAddress =
      switch address {
      case .v4(let address): .v4(IPv4Address(address.bits & 0xFFFF_FF00 | UInt32(number)))
      case .v6(let address): .v6(IPv6Address(high: address.high, low: number))
      }
    return network(of: host).map { [$0] } ?? []
  }
}

extension Interface {
  init(name: String, segment: String, addresses: [IPPrefix]) {
    self.name = name
    self.segment = segment
    self.addresses = addresses
  }
}

extension FailoverPlan {
  /// A plan for configurations in files. Without `backupFile` the backup's is made from the active's.
  ///
  /// - Parameter folder: its files appear in both routers' /etc/keepalived, folders in it included.
  public init(activeFile: String, backupFile: String?, folder: String?) throws(LabError) {
    let files = try folder.map { folder throws(LabError) in try Host.keepalivedFiles(from: folder) } ?? [:]
    var backup: String?
    if let backupFile { backup = try Files.text(of: backupFile) }
    try self.init(active: Files.text(of: activeFile), backup: backup, files: files)
  }
}
