import LabKit
import LinuxIO
import NetPrimitives

/// Waits until `condition` holds; fails with the lab's logs where it does not in time, or when a daemon of the lab ends by
/// itself.
func eventually(
  _ what: String, in lab: Lab, within interval: Interval = .seconds(20), _ condition: () throws -> Bool
) throws {
  let deadline = MonotonicClock.now() + interval
  while try !condition() {
    if MonotonicClock.now() > deadline { throw LabError.deadline(what, after: interval, detail: lab.logs()) }
    for host in lab.hosts { try host.checkDaemons() }
    try Wait.pause(.milliseconds(20))
  }
}
