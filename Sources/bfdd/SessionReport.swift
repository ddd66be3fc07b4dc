import BFDCore
import ControlInterface
import LinuxIO
import NetPrimitives

/// Turns the engine's view of a session into what the control interface tells. Instants become the time of day by
/// `clocks`, both clocks read together.
struct SessionReport {
  let clocks: ClockSample

  /// Everything about a session. `interface` is the name of the one it uses, where that is known; `key` is the one it
  /// sends with, which itself is not told.
  func info(
    _ session: Session, plan: SessionPlan, isUnsolicited: Bool = false, interface: String?, problem: String?,
    created: Int,
    key: AuthenticationKey? = nil, isChangingKeys: Bool = false
  ) -> SessionInfo {
    var info = SessionInfo(name: plan.name, neighbor: plan.key.neighbor.description)
    info.source = plan.key.source?.description
    info.interface = interface
    info.type = Self.type(plan.key.kind)
    info.multihop = plan.key.kind == .multihop
    info.origin = isUnsolicited ? .unsolicited : .configured
    info.vrf = plan.key.vrf
    info.dscp = Int(plan.dscp)
    info.paddedPDUSize = plan.paddedPDUSize
    info.localState = Self.state(session.state)
    info.localDiagnostic = Self.diagnostic(session.localDiagnostic)
    info.localDiscriminator = Int(session.localDiscriminator)
    info.localMultiplier = Int(session.parameters.detectMultiplier)
    info.desiredMinTxInterval = Int(session.parameters.desiredMinTxInterval.microseconds)
    info.requiredMinRxInterval = Int(session.parameters.requiredMinRxInterval.microseconds)
    if session.remote.isKnown { addRemote(session, to: &info) }
    info.lastUp = session.statistics.lastUp.map(time)
    info.lastDown = session.statistics.lastDown.map(time)
    if session.state == .up { info.uptime = session.statistics.lastUp.map(age) }
    info.lastReceivedAge = session.lastReceived.map(age)
    info.passive = session.parameters.isPassive
    info.authenticationType = key?.type.name
    info.authenticationKeyID = key.map { Int($0.id) }
    info.authenticationChanging = key != nil || isChangingKeys ? isChangingKeys : nil
    info.problem = problem
    info.unaffiliatedEcho = plan.key.kind == .unaffiliatedEcho
    info.demandPollInterval = session.parameters.demandPollInterval.map { Int($0.microseconds) }
    info.demandActive = session.isDemandActive
    info.remoteDemandActive = session.isRemoteDemandActive
    info.statistics = Self.statistics(session.statistics, created: created)
    return info
  }

  private func addRemote(_ session: Session, to info: inout SessionInfo) {
    let remote = session.remote
    info.remoteState = Self.state(remote.state)
    info.remoteDiagnostic = Self.diagnostic(remote.diagnostic)
    info.remoteDiscriminator = Int(remote.discriminator)
    info.remoteMultiplier = Int(remote.detectMultiplier)
    info.negotiatedTxInterval = Int(session.negotiatedTxInterval.microseconds)
    info.negotiatedRxInterval = Int(session.negotiatedRxInterval.microseconds)
    info.detectionTime = session.detectionTime.map { Int($0.microseconds) }
    // What came back are our own words, and nobody's wishes.
    guard session.path.kind != .unaffiliatedEcho else { return }
    info.remoteDesiredMinTxInterval = Int(remote.desiredMinTxInterval.microseconds)
    info.remoteRequiredMinRxInterval = Int(remote.requiredMinRxInterval.microseconds)
  }

  /// Adds what the Echo function does: its interval while it is active, and what keeps it from working.
  static func addEcho(_ session: Session, interval: Interval?, problem: String?, to info: inout SessionInfo) {
    let parameters = session.parameters
    if parameters.requiredMinEchoRxInterval > .zero {
      info.requiredMinEchoRxInterval = Int(parameters.requiredMinEchoRxInterval.microseconds)
    }
    if session.remote.isKnown, session.path.kind != .unaffiliatedEcho {
      info.remoteRequiredMinEchoRxInterval = Int(session.remote.requiredMinEchoRxInterval.microseconds)
    }
    info.echoTxInterval = parameters.echoTxInterval.map { Int($0.microseconds) }
    info.negotiatedEchoTxInterval = interval.map { Int($0.microseconds) }
    info.echoDetectionTime = interval.map { Int(($0 * Int64(parameters.detectMultiplier)).microseconds) }
    info.echoLastRoundTrip = session.statistics.echo.lastRoundTrip.map { Int($0.microseconds) }
    info.echoProblem = problem
  }

  /// What a Monitor subscriber is told of a change of state, and what the history keeps.
  static func change(_ transition: SessionTransition) -> SessionChange {
    let change = transition.change
    var result = SessionChange(
      neighbor: transition.peer.description, from: state(change.old), to: state(change.new),
      cause: cause(change.cause), localDiagnostic: diagnostic(change.diagnostic))
    if change.silence != nil {
      result.remoteState = state(change.remoteState)
      result.remoteDiagnostic = diagnostic(change.remoteDiagnostic)
    }
    result.negotiatedTxInterval = transition.transmitInterval.map { Int($0.microseconds) }
    result.detectionTime = transition.detectionTime.map { Int($0.microseconds) }
    result.lastPacketAge = change.silence.map { Int($0.microseconds) }
    if transition.detectionTime != nil || change.cause == .timer { result.packetsMissed = change.missedPackets }
    if change.cause == .timer { result.ownLateness = Int(change.overdue.microseconds) }
    return result
  }

  /// What a Monitor subscriber is told of new timers.
  static func timers(_ session: Session, _ reason: ChangeCause) -> SessionChange {
    var result = SessionChange(
      neighbor: session.path.peer.description, from: state(session.state), to: state(session.state),
      cause: cause(reason),
      localDiagnostic: diagnostic(session.localDiagnostic))
    if session.remote.isKnown {
      result.remoteState = state(session.remote.state)
      result.remoteDiagnostic = diagnostic(session.remote.diagnostic)
    }
    if session.remote.isKnown { result.negotiatedTxInterval = Int(session.negotiatedTxInterval.microseconds) }
    result.detectionTime = session.detectionTime.map { Int($0.microseconds) }
    return result
  }

  /// The last transitions of a session.
  static func history(_ history: SessionHistory) -> [PastChange<SessionChange>] {
    history.entries.map { PastChange(time: $0.time, change: change($0.transition)) }
  }

  static func state(_ state: BFDCore.SessionState) -> ControlInterface.SessionState {
    switch state {
    case .adminDown: .adminDown
    case .down: .down
    case .initializing: .`init`
    case .up: .up
    }
  }

  static func cause(_ cause: ChangeCause) -> SessionCause {
    switch cause {
    case .packet: .packet
    case .timer: .timer
    case .configuration: .configuration
    case .administrator: .operator
    case .link: .link
    }
  }

  static func diagnostic(_ diagnostic: BFDCore.Diagnostic) -> ControlInterface.Diagnostic {
    ControlInterface.Diagnostic(number: Int(diagnostic.rawValue), text: diagnostic.description)
  }

  static func statistics(
    _ statistics: BFDCore.SessionStatistics, created: Int
  ) -> ControlInterface.SessionStatistics {
    var result = ControlInterface.SessionStatistics()
    result.createTime = created
    result.receivePacketCount = Int(clamping: statistics.receivedPackets)
    result.sendPacketCount = Int(clamping: statistics.sentPackets)
    result.receiveInvalidPacketCount = Int(clamping: statistics.invalidPackets)
    result.sendFailedPacketCount = Int(clamping: statistics.failedPackets)
    result.sendOversizePacketCount = Int(clamping: statistics.oversizePackets)
    result.upCount = Int(clamping: statistics.upCount)
    result.downCount = Int(clamping: statistics.downCount)
    result.adminDownCount = Int(clamping: statistics.adminDownCount)
    result.pollCount = Int(clamping: statistics.polls)
    result.echoSendPacketCount = Int(clamping: statistics.echo.sentPackets)
    result.echoReceivePacketCount = Int(clamping: statistics.echo.receivedPackets)
    result.echoLoopPacketCount = Int(clamping: statistics.echo.loopedPackets)
    result.echoRoundTrip = figures(statistics.echo.roundTrips)
    result.drops = drops(statistics.drops)
    result.receiveGap = figures(statistics.receiveGaps)
    result.leastDetectionMargin = statistics.leastDetectionMargin.map { Int($0.microseconds) }
    result.lateness = figures(statistics.transmitLateness)
    return result
  }

  static func type(_ kind: PathKind) -> SessionType {
    switch kind {
    case .singleHop, .unaffiliatedEcho: .singleHop
    case .multihop: .multihop
    case .seamless: .sbfdInitiator
    }
  }

  /// What the control interface tells of the S-BFD reflector.
  static func reflector(_ reflector: Reflector) -> ReflectorInfo {
    ReflectorInfo(
      discriminators: reflector.settings.discriminators.map(Int.init).sorted(),
      state: reflector.settings.isAdminDown ? .adminDown : .up,
      requiredMinRxInterval: Int(reflector.settings.requiredMinRxInterval.microseconds),
      reflectedPacketCount: Int(clamping: reflector.reflectedPackets), drops: drops(reflector.drops))
  }

  /// The reasons that occurred, with their counts.
  static func drops(_ counters: DropCounters) -> [String: Int] {
    var result: [String: Int] = [:]
    for reason in DropReason.allCases where counters[reason] > 0 {
      result[reason.name] = Int(clamping: counters[reason])
    }
    return result
  }

  static func figures(_ histogram: Histogram) -> DurationFigures {
    DurationFigures(
      count: Int(clamping: histogram.count), min: histogram.minimum.map { Int($0.microseconds) },
      mean: histogram.mean.map { Int($0.microseconds) }, max: histogram.maximum.map { Int($0.microseconds) },
      sum: Int(histogram.total.microseconds),
      buckets: (0..<Histogram.bucketCount).map { Int(clamping: histogram[$0]) })
  }

  /// Microseconds since the Unix epoch.
  func time(_ instant: Instant) -> Int { Int(clocks.realtime / 1_000) - age(instant) }

  private func age(_ instant: Instant) -> Int { Int((clocks.monotonic - instant).microseconds) }
}
