import ControlInterface
import KeepalivedConfig
import LinuxIO
import NetPrimitives
import VRRPCore

/// The time of day, in microseconds since the Unix epoch, of instants of the monotonic clock.
struct TimeOfDay {
  let now: Instant
  /// Nanoseconds since the Unix epoch at `now`.
  let wallClock: Int64

  func microseconds(of instant: Instant) -> Int { Int((wallClock - (now - instant).nanoseconds) / 1_000) }
}

extension InstanceInfo {
  /// Everything about one instance as it is now.
  init(_ instance: VRRPInstance, _ router: Router, bfdIsStale: Bool, sendFailures: UInt64, at time: TimeOfDay) {
    self.init(
      name: instance.name, interface: instance.interface, vrid: Int(instance.virtualRouterID),
      version: Int(instance.version.rawValue), addressFamily: instance.family == .ipv4 ? "ipv4" : "ipv6")
    state = InstanceState(router.state)
    priority = Int(instance.priority)
    effectivePriority = Int(router.effectivePriority)
    preempt = instance.preempt
    advertiseInterval = Int(instance.advertisementInterval.microseconds)
    if router.state == .backup {
      masterDownInterval = Int(router.masterDownInterval.microseconds)
      skewTime = Int(router.skewTime.microseconds)
    }
    masterAddress = router.masterAddress?.description
    masterPriority = router.state == .master ? effectivePriority : router.lastHeard.map { Int($0.priority) }
    // A list may advertise an address twice; it is one address all the same.
    var known: Set<VirtualAddress> = []
    for entry in instance.allAddresses {
      let address = VirtualAddress(
        address: entry.address.description, prefixLength: entry.prefix.length, interface: instance.device(of: entry),
        label: entry.label)
      if known.insert(address).inserted { virtualAddresses.append(address) }
    }
    if let last = router.history.transitions.last {
      lastEvent = InstanceEventType(last.cause)
      lastTransition = time.microseconds(of: last.time)
    }
    newMasterReason = router.state == .master ? router.lastCause.map(NewMasterReason.init) ?? .notMaster : .notMaster
    upDatetime = router.history.transitions.last { $0.from == .initialize }.map { time.microseconds(of: $0.time) }
    if router.state == .backup {
      lastReceivedAge = router.lastHeard.map { Int((time.now - $0.receivedAt).microseconds) }
      preemptDelayRemaining = router.preemptionAllowed.map { max(0, Int(($0 - time.now).microseconds)) }
      let longer = router.silenceLimit - router.masterDownInterval
      patience = longer > .zero ? Int(longer.microseconds) : nil
    }
    yielding = router.isYielding
    faultReasons = router.texts(of: router.faults, source: instance.sourceAddress)
    tracked = zip(router.configuration.trackers, router.trackerStates).map {
      ControlInterface.TrackedObject($0, $1, isStale: $0.kind == .bfd && bfdIsStale)
    }
    statistics = InstanceStatistics(router.statistics, sendFailures: sendFailures)
  }
}

extension Router {
  /// The active router as far as we know: ourselves, or the sender of the last advertisement.
  var masterAddress: IPAddress? { state == .master ? sourceAddress : lastHeard?.source }
}

extension InstanceChange {
  /// A change of state.
  init(_ transition: Transition, masterAddress: IPAddress?) {
    self.init(
      from: InstanceState(transition.from), to: InstanceState(transition.to),
      effectivePriority: Int(transition.priority), cause: InstanceCause(transition.cause),
      event: InstanceEventType(transition.cause))
    self.masterAddress = masterAddress?.description
    detail = transition.causeText
    lastPacketAge = transition.lastAdvertisementAge.map { Int($0.microseconds) }
    ownLateness = Int(transition.lateness.microseconds)
  }

  /// A change of the effective priority only.
  init(_ router: Router, priorityBefore: UInt8) {
    self.init(
      from: InstanceState(router.state), to: InstanceState(router.state),
      effectivePriority: Int(router.effectivePriority), cause: .tracking, event: .trackedChange)
    masterAddress = router.masterAddress?.description
    detail = "effective priority \(priorityBefore) -> \(router.effectivePriority)"
  }
}

extension InstanceState {
  init(_ state: RouterState) {
    self =
      switch state {
      case .initialize: .`init`
      case .backup: .backup
      case .master: .master
      case .fault: .fault
      }
  }
}

extension NewMasterReason {
  fileprivate init(_ cause: TransitionCause) {
    self =
      switch cause {
      case .masterTimeout: .noResponse
      case .bfdTakeover: .bfdTakeover
      case .masterResigned, .ownAddresses: .priority
      case .preemption: .preempted
      default: .notMaster
      }
  }
}

extension InstanceEventType {
  fileprivate init(_ cause: TransitionCause) {
    self =
      switch cause {
      case .startup: .startup
      case .shutdown: .shutdown
      case .masterTimeout: .masterTimeout
      case .masterResigned: .masterLeft
      case .bfdTakeover: .bfdTakeover
      case .preemption: .lowerPriorityMaster
      case .ownAddresses: .ownerPreempt
      case .betterRouter, .ownStall: .higherPriorityBackup
      case .fault(let reasons):
        reasons.contains(.interfaceDown)
          ? .interfaceDown : reasons.contains(.noSourceAddress) ? .noPrimaryIPAddress : .trackedChange
      case .faultCleared: .interfaceUp
      case .syncGroup: .syncGroup
      case .failover, .maintenance: .operatorCommand
      }
  }
}

extension InstanceCause {
  fileprivate init(_ cause: TransitionCause) {
    self =
      switch cause {
      case .startup, .shutdown, .ownAddresses: .configuration
      case .masterTimeout, .preemption, .ownStall: .timer
      case .masterResigned, .betterRouter: .packet
      case .bfdTakeover: .bfd
      case .fault(let reasons): reasons == .tracker ? .tracking : .link
      case .faultCleared: .link
      case .syncGroup: .syncGroup
      case .failover, .maintenance: .operator
      }
  }
}

extension ControlInterface.TrackedObject {
  fileprivate init(_ tracker: Tracker, _ state: TrackerState, isStale: Bool) {
    let kind: TrackedKind =
      switch tracker.kind {
      case .interface: .interface
      case .script: .script
      case .file: .file
      case .process: .process
      case .bfd: .bfd
      case .group: .group
      }
    let shown: TrackedState =
      switch state {
      case .unknown: .unknown
      case .up: isStale ? .staleUp : .up
      case .value: tracker.influence(of: state) == .fault ? .down : .up
      case .down: isStale ? .staleDown : .down
      case .unavailable: .down
      }
    self.init(kind: kind, name: tracker.name, state: shown, weight: tracker.weight)
  }
}

extension InstanceStatistics {
  fileprivate init(_ statistics: RouterStatistics, sendFailures: UInt64) {
    self.init()
    let drops = statistics.drops
    stateTransitions = Int(clamping: statistics.stateTransitions)
    masterReleases = Int(clamping: statistics.masterReleases)
    masterTransitions = Int(clamping: statistics.masterTransitions)
    advertisementRcvd = Int(clamping: statistics.advertisementsReceived)
    advertisementSent = Int(clamping: statistics.advertisementsSent)
    checksumErrors = Int(clamping: drops[.checksum])
    versionErrors = Int(clamping: drops[.version])
    ipTTLErrors = Int(clamping: drops[.hopLimit])
    intervalErrors = Int(clamping: drops[.interval])
    priorityZeroPktsRcvd = Int(clamping: statistics.priorityZeroReceived)
    priorityZeroPktsSent = Int(clamping: statistics.priorityZeroSent)
    invalidTypePktsRcvd = Int(clamping: drops[.packetType])
    addressListErrors = Int(clamping: statistics.addressListErrors)
    packetLengthErrors = Int(clamping: drops[.packetLength])
    authenticationErrors = Int(
      clamping: [
        DropReason.authenticationType, .authenticationMismatch, .authenticationFailure, .missingAuthentication,
        .malformedAuthentication, .staleAuthentication, .unknownKey, .replayedAuthentication,
      ].map { drops[$0] }.reduce(0, &+))
    otherErrors = Int(
      clamping: drops[.destination] &+ drops[.addressCount] &+ drops[.ownAddress] &+ drops[.unicastSource]
        &+ drops[.ownerIgnoresAdvertisements])
    sendFailed = Int(clamping: sendFailures)
    checksumWithPseudoHeader = Int(clamping: statistics.checksumsWithPseudoHeader)
    checksumWithoutPseudoHeader = Int(clamping: statistics.checksumsWithoutPseudoHeader)
    dualMasterEpisodes = Int(clamping: statistics.dualMasterEpisodes)
    takeovers = Int(clamping: statistics.bfdTakeovers)
    falseTakeovers = Int(clamping: statistics.falseBFDTakeovers)
    gratuitousSent = Int(clamping: statistics.announcementsSent)
    for reason in DropReason.allCases where drops[reason] > 0 { self.drops[reason.name] = Int(clamping: drops[reason]) }
    lateness.count = advertisementSent
    lateness.max =
      statistics.worstAdvertisementLateness > .zero
      ? Int(statistics.worstAdvertisementLateness.microseconds) : nil
  }
}

extension DurationFigures {
  /// How late the event loop was.
  init(_ lateness: Lateness) {
    self.init(
      count: Int(clamping: lateness.count), sum: Int(lateness.total.microseconds),
      buckets: lateness.buckets.map { Int(clamping: $0) })
    guard lateness.count > 0 else { return }
    mean = Int((lateness.total / Int64(clamping: lateness.count)).microseconds)
    max = Int(lateness.greatest.microseconds)
  }
}
