public import NetPrimitives

extension Session {
  /// The time without packets after which the peer is given up (RFC 5880 6.8.4); `nil` where there is no detection:
  /// the peer is not heard yet, or was asked to send nothing.
  /// In Demand mode it is the time a Poll may go unanswered, by our own multiplier and rate; so it is for an unaffiliated
  /// echo session.
  @inline(__always)
  public var detectionTime: Interval? {
    // An initiator expects an answer to every packet of its own (RFC 7880 7.3.3).
    if isInitiator { return remote.isKnown ? negotiatedTxInterval * Int64(parameters.detectMultiplier) : nil }
    if isDemandActive || path.kind == .unaffiliatedEcho {
      return remote.isKnown ? negotiatedTxInterval * Int64(parameters.detectMultiplier) : nil
    }
    guard remote.isKnown, effectiveMinRxInterval > .zero else { return nil }
    return negotiatedRxInterval * Int64(remote.detectMultiplier)
  }

  /// How often the peer is to send, before its jitter.
  @inline(__always)
  public var negotiatedRxInterval: Interval {
    path.kind == .unaffiliatedEcho
      ? negotiatedTxInterval : max(effectiveMinRxInterval, remote.desiredMinTxInterval)
  }

  /// How often to send, before jitter (6.8.7).
  @inline(__always)
  public var negotiatedTxInterval: Interval { max(effectiveMinTxInterval, remote.requiredMinRxInterval) }

  /// Whether what the peer just sent may be answered at once. A reflector, or what sends our own packets back, answers each
  /// of ours: there a Poll is answered by the next periodic packet.
  mutating func mayAnswer(isPoll: Bool, now: Instant) -> Bool {
    guard !isPoll || !isInitiator && path.kind != .unaffiliatedEcho else { return false }
    return answers.spend(now: now, interval: answerInterval)
  }

  /// How often packets are answered in the long run: as often as they would leave by themselves while Up.
  var answerInterval: Interval { max(parameters.desiredMinTxInterval, remote.requiredMinRxInterval) }

  /// Whether packets may leave at all: the path is there, and a passive end has heard its peer (6.8.7).
  /// A reflector need not be told of AdminDown: it knows no sessions.
  @inline(__always)
  var maySend: Bool {
    guard path.kind != .unaffiliatedEcho else { return isPathAvailable && maySendEcho && state != .adminDown }
    return isPathAvailable && (remote.isKnown || !parameters.isPassive) && !(isInitiator && state == .adminDown)
  }

  /// Whether the peer began by itself and then said AdminDown: it is told that the session is Down, and nothing else before
  /// it begins again (RFC 9468 2).
  @inline(__always)
  var awaitsNewBeginning: Bool { unsolicited != nil && remote.state == .adminDown && !isLeaving }

  /// Whether the peer checks the path by itself and wants no periodic packets (6.6).
  @inline(__always)
  public var isRemoteDemandActive: Bool { remote.isDemand && state == .up && remote.state == .up }

  /// Whether to set the D bit: never before both ends know that both are Up (6.6).
  @inline(__always)
  var wantsDemand: Bool {
    parameters.demandPollInterval != nil && path.kind != .unaffiliatedEcho && state == .up && remote.state == .up
      && !isLeaving
  }

  /// How often periodic packets leave now; `nil` where none do (6.8.7).
  @inline(__always)
  var periodicInterval: Interval? {
    guard maySend, remote.requiredMinRxInterval > .zero else { return nil }
    guard !awaitsNewBeginning else { return nil }
    guard !isRemoteDemandActive || poll.isActive else { return nil }
    return announcement.packetsLeft > 0 ? announcement.interval : negotiatedTxInterval
  }

  /// When the peer is given up unless another packet arrives; `nil` where there is no detection.
  @inline(__always)
  var detectionDeadline: Instant? {
    if isDemandActive ? poll.isActive : path.kind == .unaffiliatedEcho && state != .down {
      return watch.deadline(interval: negotiatedTxInterval, multiplier: parameters.detectMultiplier)
    }
    guard !isDemandActive, path.kind != .unaffiliatedEcho else { return nil }
    guard let detectionTime, let lastReceived else { return nil }
    return lastReceived + detectionTime
  }

  /// How long the wait for the next periodic packet may be: 75 to 100 % of `interval`, or 75 to 90 % where a single loss
  /// is enough to go Down (6.8.7).
  @inline(__always)
  func waits(_ interval: Interval) -> ClosedRange<Interval> {
    interval * 3 / 4...(parameters.detectMultiplier == 1 ? interval * 9 / 10 : interval)
  }

  /// Takes over the intervals that the parameters and the state ask for, by the rules of RFC 5880 6.8.3.
  ///
  /// While Up a slower transmit interval and a faster receive interval wait for the Poll Sequence; everything else, and
  /// everything while not Up, is in force at once. Without a known peer there is nobody to poll.
  mutating func adoptIntervals() {
    let tx = state == .up ? parameters.desiredMinTxInterval : parameters.idleTxInterval
    guard path.kind != .unaffiliatedEcho else {
      effectiveMinTxInterval = tx
      return
    }
    var rx = parameters.requiredMinRxInterval
    if isSlowedByEcho, rx > .zero { rx = max(rx, Self.echoMinRxInterval) }
    effectiveMinTxInterval = state == .up ? min(effectiveMinTxInterval, tx) : tx
    effectiveMinRxInterval = state == .up ? max(effectiveMinRxInterval, rx) : rx
    guard tx != desiredMinTxInterval || rx != requiredMinRxInterval else { return }
    desiredMinTxInterval = tx
    requiredMinRxInterval = rx
    if remote.isKnown { poll.request() }
  }

  /// The peer has confirmed the advertised intervals: those that waited are now in force.
  mutating func endPoll() {
    guard path.kind != .unaffiliatedEcho else { return }
    effectiveMinTxInterval = desiredMinTxInterval
    effectiveMinRxInterval = requiredMinRxInterval
    if !content.isDemand { isDemandActive = false }
  }
}
