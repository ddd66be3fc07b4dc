public import KeepalivedConfig
public import NetPrimitives

/// What a rehearsal is run with: two routers made of a user's file or files, and the network that fits them.
public struct RehearsalPlan: Sendable {
  /// One of the two routers.
  public struct Router: Sendable {
    /// Its name: `a` is the one of the first file.
    public let name: String
    /// The text of its /etc/keepalived/keepalived.conf.
    public var text: String
    /// What that text means.
    public var model: Configuration
    /// Its interfaces, named as in the file.
    public var interfaces: [Interface] = []
    /// Addresses of the other router that no network of an interface holds, with the interface they are reached by.
    public var neighbors: [Neighbor] = []
    /// Its further files: path to text.
    public let files: [String: String]
    /// The checks that can be made to fail.
    public let checks: [Check]
  }

  /// An address that is reached by an interface although its network is another.
  public struct Neighbor: Sendable, Hashable {
    /// The address.
    public let address: IPAddress
    /// The interface's name.
    public let interface: String
  }

  /// A virtual address that is watched.
  public struct Watched: Sendable, Hashable {
    /// The address.
    public let address: IPAddress
    /// The name of its instance.
    public let instance: String
    /// The interface of router a (or of b, if only that has it) that it is on.
    public let interface: String
    /// The client's interface, on the same segment.
    public let clientInterface: String
    /// Whether its holder answers pings; otherwise its presence alone is watched.
    public let isAnswered: Bool
    /// The router that takes it back when it can; `nil` where none preempts.
    public let preferred: String?
  }

  /// A check whose result the lab decides.
  public struct Check: Sendable, Hashable {
    /// The name of the `vrrp_script` or `track_file`.
    public let name: String
    /// Whether it is a `track_file`.
    public let isFile: Bool
    /// The file of the router that decides.
    let path: String
    /// What it holds while all is well; `nil`: it is not there.
    let healthy: String?
    /// What it holds while the check fails.
    let failing: String
    /// How long it takes until a failure counts.
    let delay: Interval
  }

  /// The files that were given, one or two.
  public let paths: [String]
  /// The two routers.
  public let routers: [Router]
  /// The interfaces of the client.
  public let client: [Interface]
  /// The addresses to watch, in file order.
  public let watched: [Watched]
  /// What is not as in the file, and what was made up, in words.
  public let notes: [String]

  /// The two routers' instances.
  var instances: [VRRPInstance] { routers.flatMap(\.model.vrrpInstances) }

  /// Whether the routers watch each other by BFD.
  public var usesBFD: Bool { routers.contains { !$0.model.bfdInstances.isEmpty } }

  /// How long after a fault everything that follows from it must have happened: the backups' timers, a failed check.
  func reactionTime(of checkDelay: Interval = .zero) -> Interval {
    let timers = instances.map { $0.advertisementInterval * (Int64($0.downTimerAdverts) + 1) }
    let sessions = routers.flatMap(\.model.bfdInstances).map { $0.requiredMinRX * Int64($0.multiplier) }
    return (timers + sessions).reduce(.zero, max) + checkDelay + .milliseconds(1_500)
  }

  /// The longest that a better router waits before it takes over from a living one.
  var preemption: Interval { instances.map(\.preemptDelay).reduce(.zero, max) }

  /// The longest that the return to order may take: timers, preemption, sessions that come up again.
  var recoveryTime: Interval {
    let start = routers.map(\.model.global.startupDelay).reduce(.zero, max)
    return reactionTime() * 2 + preemption + start + .seconds(20)
  }

  /// How long nothing may have changed for the network to be at rest.
  var quietTime: Interval {
    max(instances.map { $0.advertisementInterval * 2 }.reduce(.zero, max) + .milliseconds(200), .milliseconds(600))
  }
}

extension RehearsalPlan {
  /// Makes a plan for a user's files. With one, the other router is derived from it (see `Counterpart`).
  ///
  /// - Parameters:
  ///   - files: further files of both routers, such as scripts, by path.
  ///   - withScripts: whether the files' scripts are run.
  public init(
    _ first: RehearsalFile, _ second: RehearsalFile? = nil, files: [String: String] = [:], withScripts: Bool = false
  ) throws(LabError) {
    let rewriting = RehearsalRewriting(first, withScripts: withScripts)
    let other = second.map { RehearsalRewriting($0, withScripts: withScripts) } ?? rewriting
    let model = try Configuration.rehearsed(rewriting.statements.fileText, as: first.path)
    let pair: RouterPair
    if let second {
      let otherModel = try Configuration.rehearsed(other.statements.fileText, as: second.path)
      pair = RouterPair(rewriting.statements, model, and: other.statements, otherModel)
    } else {
      pair = RouterPair(rewriting.statements, model)
    }
    var routers: [Router] = []
    for (name, statements, origin) in [("a", pair.first, rewriting), ("b", pair.second, other)] {
      routers.append(
        Router(
          name: name, text: statements.fileText,
          model: try Configuration.rehearsed(statements.fileText, as: (name == "b" ? second : nil)?.path ?? first.path),
          files: files.merging(origin.files) { given, _ in given }, checks: origin.checks))
    }
    var network = RehearsalNetwork(routers)
    network.build()
    paths = [first.path] + (second.map { [$0.path] } ?? [])
    self.routers = network.routers
    client = network.client
    watched = network.watched
    let remarks = (first.remarks + (second?.remarks ?? [])).filter { $0.kind == .warning }.map { "\($0)" }
    notes = rewriting.notes + other.notes.filter { !rewriting.notes.contains($0) } + pair.notes + remarks
    guard !watched.isEmpty else { throw .configuration("no virtual address of \(first.path) can be watched") }
  }

  /// The names of all checks that can be made to fail, scripts first.
  var checks: [Check] {
    var seen: Set<String> = []
    let all = routers.flatMap(\.checks)
    return (all.filter { !$0.isFile } + all.filter(\.isFile)).filter { seen.insert("\($0.isFile) \($0.name)").inserted }
  }
}
