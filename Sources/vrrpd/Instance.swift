import KeepalivedConfig
import LinuxIO
import NetPrimitives
import VRRPCore

/// One `vrrp_instance`: its router, and what the operating system holds for it.
final class Instance {
  var configuration: VRRPInstance
  var router: Router
  /// The virtual addresses that are on interfaces because of us.
  var held: [InterfaceAddress] = []
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

  /// The virtual addresses as the kernel is to have them; those on interfaces that do not exist are left out.
  func interfaceAddresses(_ index: (String) -> UInt32?) -> [InterfaceAddress] {
    configuration.allAddresses.compactMap { entry in
      index(entry.device ?? configuration.interface).map { InterfaceAddress(entry, interface: $0) }
    }
  }
}

extension InterfaceAddress {
  /// IFA_PROTO of the addresses that vrrpd adds: VRRP's protocol number. By it the next start finds what a killed
  /// vrrpd has left behind.
  static let originMark: UInt8 = VRRP.protocolNumber

  init(_ entry: AddressEntry, interface: UInt32) {
    var flags: AddressFlags = []
    if entry.noDuplicateAddressDetection { flags.insert(.noDAD) }
    if entry.noPrefixRoute { flags.insert(.noPrefixRoute) }
    var preferredLifetime: UInt32?
    if case .seconds(let seconds) = entry.preferredLifetime { preferredLifetime = seconds }
    self.init(
      interface: interface, prefix: entry.prefix, label: entry.label, scope: AddressScope(rawValue: entry.scope),
      broadcast: entry.broadcast.map { .v4($0) }, peer: entry.peer?.address, flags: flags,
      preferredLifetime: preferredLifetime, origin: Self.originMark)
  }

  /// Whether both name the same address of the same interface.
  func isSame(as other: InterfaceAddress) -> Bool {
    interface == other.interface && address == other.address && prefix.length == other.prefix.length
  }
}
