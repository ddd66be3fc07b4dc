import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives

/// Which interfaces count as up, with `interface_up_down_delays`: a change counts when it has lasted for the delay.
final class LinkStates {
  private struct State {
    var isUp: Bool
    /// Runs while the link is otherwise than `isUp`.
    var timer: EventLoop.TimerID?
  }

  /// How long a change must last.
  struct Delay: Equatable {
    let down: Interval
    let up: Interval
  }

  private let loop: EventLoop
  private var delays: [String: Delay] = [:]
  private var states: [String: State] = [:]
  /// Called when a change has lasted: ask again.
  var onChange: () -> Void = {}

  init(loop: EventLoop) { self.loop = loop }

  /// These delays count for changes from now on; one that is under way is measured anew.
  func replace(with new: [String: Delay]) {
    guard new != delays else { return }
    delays = new
    for (name, state) in states {
      if let timer = state.timer { loop.cancelTimer(timer) }
      states[name] = new[name] == nil ? nil : State(isUp: state.isUp)
    }
  }

  /// Whether the interface called `name`, which is `link` now, counts as up. What is seen first counts at once, and so
  /// does that an interface does not exist.
  func isUp(_ name: String, _ link: Link?) -> Bool {
    let isUp = link.map { $0.isUp && $0.isRunning } ?? false
    guard let delay = delays[name] else { return isUp }
    guard var state = states[name], link != nil else { return settle(name, isUp) }
    guard isUp != state.isUp else { return settle(name, isUp) }
    let wait = isUp ? delay.up : delay.down
    guard wait > .zero else { return settle(name, isUp) }
    if state.timer == nil {
      state.timer = loop.startTimer(at: MonotonicClock.now() + wait) { [weak self] in
        self?.states[name] = State(isUp: isUp)
        self?.onChange()
      }
      states[name] = state
    }
    return state.isUp
  }

  private func settle(_ name: String, _ isUp: Bool) -> Bool {
    if let timer = states[name]?.timer { loop.cancelTimer(timer) }
    states[name] = State(isUp: isUp)
    return isUp
  }
}

extension LinkStates.Delay {
  /// The delays of a configuration by interface. One on the way down is no longer than an instance there may be silent
  /// before another router takes over, less a moment: down_timer_adverts - 1 advertisements and 1/256 of one (keepalived
  /// 4.4). `onReduction` is told where that counts.
  static func all(
    of configuration: Configuration, onReduction: (String, Interval) -> Void
  ) -> [String: LinkStates.Delay] {
    var delays: [String: LinkStates.Delay] = [:]
    for entry in configuration.interfaceDelays {
      let limit = configuration.vrrpInstances.filter { $0.depends(on: entry.interface) }.map(\.longestDelay).min()
      let down = min(entry.down, limit ?? entry.down)
      if down < entry.down { onReduction(entry.interface, down) }
      delays[entry.interface] = LinkStates.Delay(down: down, up: entry.up)
    }
    return delays
  }
}

extension VRRPInstance {
  fileprivate func depends(on interface: String) -> Bool {
    self.interface == interface || tracking.interfaces.contains { $0.name == interface }
  }

  fileprivate var longestDelay: Interval {
    let nanoseconds = advertisementInterval.nanoseconds
    return max(.zero, Interval(nanoseconds: nanoseconds * Int64(downTimerAdverts - 1) - nanoseconds / 256))
  }
}
