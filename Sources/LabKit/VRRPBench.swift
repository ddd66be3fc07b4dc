internal import LinuxIO
public import NetPrimitives
internal import VRRPCore

/// How many virtual routers are measured, and how fast they advertise.
public struct VRRPLoad: Sendable {
  /// The most virtual routers: their numbers are those of one interface and version.
  public static let greatestInstances = 255

  /// The number of instances, 1 to 255, each with one address.
  public var instances: Int
  /// The advertisement interval, 10 ms at least.
  public var interval: Interval
  /// How long the pair is measured at rest.
  public var duration: Interval

  /// A load.
  public init(instances: Int, interval: Interval, duration: Interval) {
    self.instances = instances
    self.interval = interval
    self.duration = duration
  }

  static let activePriority: UInt8 = 200
  static let backupPriority: UInt8 = 100

  static func address(_ virtualRouterID: Int) -> IPAddress { .v4(IPv4Address(0x0A01_0000 | UInt32(virtualRouterID))) }

  /// keepalived's configuration, and ours: instance n has the address 10.1.0.n, on eth0.
  public func configuration(priority: UInt8) -> String {
    let centiseconds = interval.milliseconds / 10
    let advertInt = "\(centiseconds / 100).\(centiseconds % 100 < 10 ? "0" : "")\(centiseconds % 100)"
    return (1...instances).map { number in
      """
      vrrp_instance V\(number) {
        interface eth0
        state BACKUP
        version 3
        virtual_router_id \(number)
        priority \(priority)
        advert_int \(advertInt)
        virtual_ipaddress {
          \(Self.address(number))/32
        }
      }

      """
    }.joined()
  }

  /// When a backup takes over after the last advertisement that it heard.
  var masterDownInterval: Interval {
    Timing.masterDownInterval(version: .v3, priority: Self.backupPriority, interval: interval)
  }
}

/// What one engine needed for a load.
public struct VRRPBenchResult: Sendable {
  /// Who it was.
  public let engine: Engine
  /// Processor time for each advertisement that the active router sent.
  public let activeTime: Interval
  /// Processor time for each advertisement that the backup heard.
  public let backupTime: Interval
  /// Advertisements that were sent while the pair was measured.
  public let advertisements: Int
  /// The largest time between two advertisements of one instance while the pair was measured.
  public let largestGap: Interval
  /// After the active router was killed: from the instant at which the last instance's timer ran out to the first
  /// announcement of the last address. `nil`: not all were announced.
  public let announced: Interval?
}

/// Measures pairs of routers with many instances: one engine after the other, in a lab of its own each.
public enum VRRPBench {
  /// One engine under a load.
  public static func measure(_ engine: Engine, _ load: VRRPLoad, baton: Baton?) throws(LabError) -> VRRPBenchResult {
    let lab = try Lab()
    defer { lab.destroy() }
    let active = try lab.addHost("active", [Interface("eth0", ["192.0.2.1/24"])])
    let backup = try lab.addHost("backup", [Interface("eth0", ["192.0.2.2/24"])])
    let observer = try Observer(lab)
    try active.install(load.configuration(priority: VRRPLoad.activePriority))
    try backup.install(load.configuration(priority: VRRPLoad.backupPriority))
    let activeDaemons = try active.start(engine, baton)
    try waitForMaster(of: load, "active", observer, lab)
    let backupDaemons = try backup.start(engine, baton)
    // Until the announcements of the first seconds are over, which are not what is measured.
    try pass(.seconds(8), observer)

    let start = observer.mark()
    let before = (usage(activeDaemons), usage(backupDaemons))
    try pass(load.duration, observer)
    let after = (usage(activeDaemons), usage(backupDaemons))
    let (advertisements, gap) = advertisements(observer.sightings[start...])
    guard advertisements > 0 else { throw .deadline("advertisements", after: load.duration, detail: lab.logs()) }

    let fault = observer.mark()
    for daemon in activeDaemons { daemon.kill() }
    try? waitForMaster(of: load, "backup", observer, lab, from: fault)
    return VRRPBenchResult(
      engine: engine, activeTime: (after.0 - before.0) / Int64(advertisements),
      backupTime: (after.1 - before.1) / Int64(advertisements), advertisements: advertisements, largestGap: gap,
      announced: announcementDelay(observer.sightings, from: fault, load))
  }

  /// Lets time pass while the observer's buffer is emptied.
  private static func pass(_ interval: Interval, _ observer: Observer) throws(LabError) {
    let end = MonotonicClock.now() + interval
    while MonotonicClock.now() < end {
      try Wait.pause(.milliseconds(50))
      observer.look()
    }
  }

  private static func waitForMaster(
    of load: VRRPLoad, _ host: String, _ observer: Observer, _ lab: Lab, from start: Int = 0
  ) throws(LabError) {
    try Wait.until("\(host) announces all addresses", within: .seconds(30), detail: { lab.logs() }) {
      () throws(LabError) -> Bool? in
      observer.look()
      for host in lab.hosts { try host.checkDaemons() }
      return firstAnnouncements(observer.sightings[start...], by: host).count == load.instances ? true : nil
    }
  }

  /// The processor time of daemons and all their processes.
  private static func usage(_ daemons: [Daemon]) -> Interval {
    daemons.flatMap(\.processes).reduce(.zero) { sum, pid in
      let first = Files.read("/proc/\(pid)/schedstat")?.split(separator: " ").first
      return sum + .nanoseconds(first.flatMap { Int64($0) } ?? 0)
    }
  }

  private static func advertisements(_ sightings: ArraySlice<Sighting>) -> (count: Int, gap: Interval) {
    var last: [UInt8: Instant] = [:]
    var (count, gap) = (0, Interval.zero)
    for sighting in sightings where !sighting.isDelivered {
      guard case .advertisement(let packet, _) = sighting.frame.content else { continue }
      count += 1
      if let before = last.updateValue(sighting.time, forKey: packet.virtualRouterID) {
        gap = max(gap, sighting.time - before)
      }
    }
    return (count, gap)
  }

  private static func firstAnnouncements(_ sightings: ArraySlice<Sighting>, by host: String) -> [IPAddress: Instant] {
    var first: [IPAddress: Instant] = [:]
    for sighting in sightings where !sighting.isDelivered && sighting.host == host {
      guard case .arp(_, let sender, _, let target) = sighting.frame.content, sender == target else { continue }
      if first[sender] == nil { first[sender] = sighting.time }
    }
    return first
  }

  private static func announcementDelay(_ sightings: [Sighting], from fault: Int, _ load: VRRPLoad) -> Interval? {
    let announced = firstAnnouncements(sightings[fault...], by: "backup")
    let heard = sightings.last { sighting in
      guard sighting.isDelivered, sighting.host == "backup" else { return false }
      if case .advertisement = sighting.frame.content { return true }
      return false
    }
    guard announced.count == load.instances, let last = announced.values.max(), let heard else { return nil }
    return last - (heard.time + load.masterDownInterval)
  }
}
