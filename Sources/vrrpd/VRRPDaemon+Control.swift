import DaemonRuntime
import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives
import VRRPCore

/// What an operator may ask for.
extension VRRPDaemon {
  func index(of name: String) -> Int? { instances.firstIndex { $0.configuration.name == name } }

  /// Keeps every instance from being master, or no longer does.
  func setMaintenance(_ isOn: Bool) {
    guard isOn != isInMaintenance else { return }
    isInMaintenance = isOn
    maintenanceFile?.write(isOn ? "on\n" : nil)
    logger.log(
      .maintenance, .notice, "maintenance \(isOn ? "on: no instance becomes master" : "off")",
      [.to: isOn ? "on" : "off"])
    let now = MonotonicClock.now()
    updateAll { $0.setMaintenance(isOn, now: now, into: &$1) }
  }

  /// Hands an instance's addresses to the next router; false where it has none.
  func failOver(_ index: Int) -> Bool {
    let now = MonotonicClock.now()
    var wasMaster = false
    update(index) { wasMaster = $0.failOver(now: now, into: &$1) }
    return wasMaster
  }
}
