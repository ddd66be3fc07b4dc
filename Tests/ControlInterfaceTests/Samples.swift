import ControlInterface

/// Values with every optional given, and with none.
enum Samples {
  static let durations = DurationFigures(count: 3, min: 1, mean: 2, max: 3, sum: 6, buckets: [0, 1, 2])
  static let daemon: DaemonInfo = {
    var daemon = leastDaemon
    daemon.configurationError = "x"
    daemon.schedulingProblem = "y"
    daemon.lateness = durations
    return daemon
  }()
  static let leastDaemon = DaemonInfo(
    name: "bfdd", version: "1", pid: 2, startTime: 3, configurationFile: "/x", configurationTime: 4,
    scheduling: "SCHED_OTHER")

  static let bfd: BFDInfo = {
    var info = BFDInfo(daemon: daemon)
    info.reflector = ReflectorInfo(
      discriminators: [1, 2], state: .up, requiredMinRxInterval: 10_000, reflectedPacketCount: 3,
      drops: ["truncated": 4])
    return info
  }()
  static let vrrp: VRRPInfo = {
    var info = VRRPInfo(daemon: daemon)
    info.startupDelayRemaining = 5
    return info
  }()

  static let leastSession = SessionInfo(name: "a", neighbor: "192.0.2.1")
  static let session: SessionInfo = {
    var session = leastSession
    session.source = "192.0.2.2"
    session.interface = "eth0"
    session.vrf = "red"
    session.type = .sbfdInitiator
    session.origin = .unsolicited
    session.paddedPDUSize = 1472
    session.remoteState = .`init`
    session.remoteDiagnostic = Diagnostic(number: 1, text: "control detection time expired")
    session.remoteDiscriminator = 4_294_967_295
    session.remoteMultiplier = 3
    session.remoteDesiredMinTxInterval = 10_000
    session.remoteRequiredMinRxInterval = 10_000
    session.negotiatedTxInterval = 10_000
    session.negotiatedRxInterval = 10_000
    session.detectionTime = 30_000
    session.lastUp = 1
    session.lastDown = 2
    session.uptime = 3
    session.lastReceivedAge = 4
    session.requiredMinEchoRxInterval = 50_000
    session.remoteRequiredMinEchoRxInterval = 50_000
    session.echoTxInterval = 50_000
    session.negotiatedEchoTxInterval = 50_000
    session.echoDetectionTime = 150_000
    session.echoLastRoundTrip = 60
    session.echoProblem = "w"
    session.demandPollInterval = 10_000_000
    session.authenticationType = "keyed-sha1"
    session.authenticationKeyID = 7
    session.authenticationChanging = false
    session.problem = "z"
    session.statistics.drops = ["bad_length": 2]
    session.statistics.receiveGap = durations
    session.statistics.leastDetectionMargin = -1
    session.statistics.echoRoundTrip = durations
    session.statistics.lateness = durations
    return session
  }()

  static let leastSessionChange = SessionChange(neighbor: "192.0.2.1", from: .up, to: .down, cause: .timer)
  static let sessionChange: SessionChange = {
    var change = leastSessionChange
    change.remoteState = .up
    change.remoteDiagnostic = Diagnostic.none
    change.negotiatedTxInterval = 10_000
    change.detectionTime = 30_000
    change.lastPacketAge = 30_012
    change.packetsMissed = 3
    change.ownLateness = 12
    return change
  }()

  static let leastInstance: InstanceInfo = {
    var instance = InstanceInfo(name: "VI_1", interface: "eth0", vrid: 51, version: 3, addressFamily: "ipv4")
    instance.virtualAddresses = [VirtualAddress(address: "192.0.2.9", prefixLength: 32, interface: nil)]
    return instance
  }()
  static let instance: InstanceInfo = {
    var instance = leastInstance
    instance.masterDownInterval = 3_609_375
    instance.skewTime = 609_375
    instance.masterAddress = "192.0.2.1"
    instance.masterPriority = 200
    instance.virtualAddresses = [
      VirtualAddress(address: "192.0.2.9", prefixLength: 24, interface: "eth0", label: "eth0:1")
    ]
    instance.upDatetime = 1
    instance.lastTransition = 2
    instance.lastReceivedAge = 3
    instance.preemptDelayRemaining = 4
    instance.patience = 5
    instance.trouble = AdvertisementTroubleInfo(source: "192.0.2.3", reason: "version_errors", age: 5)
    instance.syncGroup = "G"
    instance.faultReasons = ["eth0 is down"]
    instance.tracked = [TrackedObject(kind: .bfd, name: "bfdp", state: .staleUp, weight: -10)]
    instance.statistics.drops = ["version_errors": 1]
    instance.statistics.lateness = durations
    return instance
  }()

  static let leastInstanceChange = InstanceChange(
    from: .backup, to: .master, effectivePriority: 100, cause: .bfd, event: .bfdTakeover)
  static let instanceChange: InstanceChange = {
    var change = leastInstanceChange
    change.masterAddress = "192.0.2.1"
    change.detail = "d"
    change.lastPacketAge = 1
    change.packetsMissed = 2
    change.ownLateness = 3
    return change
  }()
}
