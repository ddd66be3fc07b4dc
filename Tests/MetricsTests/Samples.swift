import ControlInterface
import Metrics

/// A machine on which every metric has a sample.
enum Samples {
  static let durations = DurationFigures(
    count: 3, min: 1, mean: 100, max: 300, sum: 300, buckets: [1] + [Int](repeating: 0, count: 8) + [2] + [0, 0])

  static func daemon(_ name: String) -> DaemonInfo {
    var daemon = DaemonInfo(
      name: name, version: "1.2.3", pid: 2, startTime: 3_000_000, configurationFile: "/x", configurationTime: 4_500_000,
      scheduling: "SCHED_RR 50")
    daemon.lateness = durations
    daemon.stalls = 7
    daemon.logLinesLost = 8
    daemon.controlClients = 3
    daemon.controlRefusals = ["user_limit": 9]
    return daemon
  }

  static var bfd: BFDAnswer {
    var info = BFDInfo(daemon: daemon("bfdd"))
    info.numberOfSessions = 1
    info.numberOfSessionsUp = 1
    info.drops = ["bad_length": 2]
    info.reflector = ReflectorInfo(
      discriminators: [7, 9], state: .up, requiredMinRxInterval: 10_000, reflectedPacketCount: 5,
      drops: ["sbfd_rate": 2])
    var session = SessionInfo(name: "peer", neighbor: "192.0.2.2")
    session.source = "192.0.2.1"
    session.interface = "eth0"
    session.localState = .up
    session.remoteState = .up
    session.negotiatedTxInterval = 10_000
    session.negotiatedRxInterval = 10_000
    session.detectionTime = 30_000
    session.lastUp = 1
    session.lastDown = 2
    session.lastReceivedAge = 4
    session.statistics.receivePacketCount = 9
    session.statistics.drops = ["bad_length": 2]
    session.statistics.receiveGap = durations
    session.statistics.leastDetectionMargin = 17_000
    session.statistics.lateness = durations
    return BFDAnswer(info: info, sessions: [session])
  }

  static var vrrp: VRRPAnswer {
    var info = VRRPInfo(daemon: daemon("vrrpd"))
    info.bfd = .connected
    info.drops = ["vrid_errors": 3]
    var instance = InstanceInfo(name: "VI_1", interface: "eth0", vrid: 51, version: 3, addressFamily: "ipv4")
    instance.state = .master
    instance.masterDownInterval = 3_609_375
    instance.masterPriority = 200
    instance.virtualAddresses = [VirtualAddress(address: "192.0.2.9", prefixLength: 24, interface: "eth1")]
    instance.lastTransition = 2
    instance.lastReceivedAge = 3
    instance.tracked = [
      TrackedObject(kind: .bfd, name: "peer", state: .staleUp, weight: -10),
      TrackedObject(kind: .script, name: "chk", state: .down, weight: 0),
      TrackedObject(kind: .script, name: "new", state: .unknown, weight: 0),
    ]
    instance.statistics.advertisementRcvd = 6
    instance.statistics.drops = ["version_errors": 1, "ip_ttl_errors": 4]
    instance.statistics.lateness = DurationFigures(count: 3, max: 300)
    return VRRPAnswer(info: info, instances: [instance])
  }
}
