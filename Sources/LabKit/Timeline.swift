internal import BFDCore
public import NetPrimitives
internal import VRRPCore

/// What happened in a failover, and when.
public struct Timeline: Sendable {
  /// A step, in the order in which it is expected.
  public enum Step: String, Sendable, CaseIterable {
    /// The last BFD packet of the active router reaches the backup: from here on BFD's detection time runs.
    case lastBFD = "last_bfd"
    /// The last advertisement of the active router reaches the backup: from here on VRRP's down timer runs.
    case lastAdvertisement = "last_advertisement"
    /// The fault begins.
    case fault
    /// The first BFD packet in which the backup says Down.
    case bfdDown = "bfd_down"
    /// The first advertisement of the backup.
    case advertisement
    /// The backup's kernel has the address.
    case address
    /// The first gratuitous ARP (or unsolicited neighbour advertisement) of the backup for the address.
    case announcement
    /// The first ping that the backup answers.
    case answer
  }

  /// A step with its time.
  public struct Event: Sendable {
    /// What happened.
    public let step: Step
    /// When, on the realtime clock.
    public let time: Instant
    /// Where: the host's name.
    public let host: String
    /// More about it, in words.
    public let detail: String

    /// An event.
    public init(step: Step, time: Instant, host: String, detail: String) {
      self.step = step
      self.time = time
      self.host = host
      self.detail = detail
    }
  }

  /// Who kept the address alive.
  public let engine: Engine
  /// What was done to the active router.
  public let fault: Fault
  /// The events in order of time. A step that was not seen is missing.
  public let events: [Event]

  /// A timeline of these events.
  public init(engine: Engine, fault: Fault, events: [Event]) {
    self.engine = engine
    self.fault = fault
    self.events = events
  }

  /// When `step` happened.
  public func time(of step: Step) -> Instant? { events.first { $0.step == step }?.time }

  /// How long after the fault `step` happened; negative before it.
  public func sinceFault(_ step: Step) -> Interval? {
    guard let time = self.time(of: step), let fault = self.time(of: .fault) else { return nil }
    return time - fault
  }

  /// From the fault to the first gratuitous ARP or unsolicited neighbour advertisement.
  public var total: Interval? { sinceFault(.announcement) }
}

/// Finds the steps of a failover among what was seen.
struct Watch {
  let plan: FailoverPlan
  let active: String
  let backup: String
  /// The number of the first sighting that may belong to the failover.
  let start: Int
  let fault: Instant

  func isComplete(_ observer: Observer) -> Bool {
    advertisement(observer) != nil && announcement(observer) != nil && answer(observer) != nil
  }

  /// Whether the backup advertised already in the time before the fault.
  func wasEarly(_ observer: Observer, _ interval: Interval) -> Bool {
    observer.first {
      guard case .advertisement = $0.frame.content else { return false }
      return $0.host == backup && !$0.isDelivered && $0.time >= fault - interval && $0.time <= fault
    } != nil
  }

  func bfdDown(_ observer: Observer) -> Sighting? {
    fromBackup(observer) { content in
      if case .bfd(let packet, _) = content { packet.state == .down } else { false }
    }
  }

  private func advertisement(_ observer: Observer) -> Sighting? {
    fromBackup(observer) { content in if case .advertisement = content { true } else { false } }
  }

  private func announcement(_ observer: Observer) -> Sighting? {
    fromBackup(observer) { content in
      switch content {
      case .arp(_, let sender, _, let target): sender == plan.virtualAddress && target == plan.virtualAddress
      case .neighborAdvertisement(let target, let isSolicited, _): target == plan.virtualAddress && !isSolicited
      default: false
      }
    }
  }

  private func answer(_ observer: Observer) -> Sighting? {
    fromBackup(observer) { content in if case .echo(isReply: true, _) = content { true } else { false } }
  }

  private func fromBackup(_ observer: Observer, _ isWanted: (FrameContent) -> Bool) -> Sighting? {
    observer.first(from: start) {
      $0.host == backup && !$0.isDelivered && $0.time >= fault && isWanted($0.frame.content)
    }
  }

  /// The last sighting at the backup's port of something that the active router sent, before the backup took over.
  private func lastFromActive(
    _ observer: Observer, _ isWanted: (FrameContent) -> Bool
  ) -> Sighting? {
    let own = Set(plan.active.interfaces.flatMap(\.addresses).map(\.address))
    let end = advertisement(observer)?.time ?? .distantFuture
    return observer.last {
      $0.isDelivered && $0.host == backup && $0.time < end && isWanted($0.frame.content)
        && ($0.frame.source.map { own.contains($0) || $0.isLinkLocal } ?? false)
    }
  }

  func timeline(
    _ observer: Observer, fault kind: Fault, engine: Engine, done: Instant, address: Instant?
  ) -> Timeline {
    var events: [Timeline.Event] = []
    func add(_ step: Timeline.Step, _ time: Instant?, _ host: String, _ detail: String) {
      if let time { events.append(Timeline.Event(step: step, time: time, host: host, detail: detail)) }
    }
    let lastBFD = lastFromActive(observer) { if case .bfd = $0 { true } else { false } }
    let lastAdvertisement = lastFromActive(observer) { if case .advertisement = $0 { true } else { false } }
    add(.lastBFD, lastBFD?.time, active, "last BFD packet that reaches \(backup)")
    add(.lastAdvertisement, lastAdvertisement?.time, active, "last advertisement that reaches \(backup)")
    add(.fault, fault, active, "FAULT: \(kind.text)")
    if let sighting = bfdDown(observer), case .bfd(let packet, _) = sighting.frame.content {
      add(.bfdDown, sighting.time, backup, "BFD Down on the wire (\(packet.diagnostic))")
    }
    if let sighting = advertisement(observer), case .advertisement(let packet, _) = sighting.frame.content {
      add(
        .advertisement, sighting.time, backup,
        "first advertisement (VRRPv\(packet.version), priority \(packet.priority))")
    }
    add(.address, address, backup, "\(plan.virtualAddress) is on the interface")
    let announcement = plan.virtualAddress.family == .ipv4 ? "gratuitous ARP" : "unsolicited neighbour advertisement"
    add(.announcement, self.announcement(observer)?.time, backup, "first \(announcement)")
    add(.answer, answer(observer)?.time, backup, "first answered ping")
    return Timeline(engine: engine, fault: kind, events: events.sorted { $0.time < $1.time })
  }
}
