import LinuxIO
import NetPrimitives
import VRRPCore

extension VRRPDaemon {
  /// How long one turn works on what was put off.
  private static let portion = Interval.milliseconds(1)

  /// Sends advertisements at once, and what lets them reach us; everything else takes its turn.
  func carryOut(_ effect: Effect, for instance: Instance) {
    switch effect {
    case .sendAdvertisement, .announceSource: perform(effect, for: instance)
    case .addAddresses, .removeAddresses, .announce, .notify, .stateChanged, .priorityChanged, .notice:
      backlog.append(.effect(effect, instance))
    }
  }

  /// Does a portion of what was put off.
  func workOff() {
    guard !backlog.isEmpty else { return }
    var now = MonotonicClock.now()
    let end = now + Self.portion
    while now < end, let task = backlog.popFirst() {
      perform(task)
      now = MonotonicClock.now()
    }
    backlog.pause(at: now)
  }

  /// Does all that was put off, for what is to come depends on it.
  func workOffAll() {
    while let task = backlog.popFirst() { perform(task) }
    backlog.pause(at: MonotonicClock.now())
  }

  private func perform(_ task: Backlog.Task) {
    switch task {
    case .effect(let effect, let instance): perform(effect, for: instance)
    case .group(let name, let state): groupChanged(name, to: state)
    }
  }
}
