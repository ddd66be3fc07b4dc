import KeepalivedConfig
import LinuxIO
import NetPrimitives
import VRRPCore

/// One `vrrp_instance`: its router, and what the operating system holds for it.
final class Instance {
  var configuration: VRRPInstance
  var router: Router
  /// What is on the machine because of it.
  var held = Holdings()
  /// The scripts that are told about changes.
  var notifications: NotificationCommands
  /// Advertisements that the kernel did not take.
  private(set) var sendFailures: UInt64 = 0
  private var lastSendError: ErrorCode?

  init(_ configuration: VRRPInstance, router: RouterConfiguration, notifications: NotificationCommands) {
    self.configuration = configuration
    self.notifications = notifications
    self.router = Router(router)
  }

  var key: InstanceKey { InstanceKey(configuration) }
  var port: AdvertisementPort.Key {
    var hasHeader = false
    if case .header = configuration.authentication { hasHeader = true }
    return AdvertisementPort.Key(
      family: configuration.family, interface: configuration.interface, hasHeader: hasHeader)
  }

  /// Counts a failure; whether it is a new one that is worth a line in the log.
  func recordSendFailure(_ error: SystemError) -> Bool {
    sendFailures += 1
    defer { lastSendError = error.code }
    return error.code != lastSendError
  }

  /// An advertisement was sent: the next failure is news again.
  func recordSendSuccess() { lastSendError = nil }

  /// What is to be on the machine while it is master.
  func wanted(_ link: (String) -> Link?) -> Holdings {
    Holdings(
      addresses: configuration.allAddresses, routes: configuration.routes, rules: configuration.rules, link: link,
      device: configuration.device)
  }
}
