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
  /// Whether that was there when the daemon started, and the instance has not been master since.
  var holdsLeftovers = false
  /// Whether the interfaces with the virtual router's MAC address are up because of it: only while it is master, so that no
  /// other frame teaches switches a wrong way.
  var isRaised = false
  /// Whether they are up always, because something that does not depend on this instance lies on one of them.
  var staysRaised = false
  /// The addresses whose packets are dropped (`no_accept`), link-local ones with their interface.
  var blocked: Set<IPAddress> = []
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
  /// Under which kernel settings are held for it, whatever it is called.
  var settingsOwner: String { "instance \(ObjectIdentifier(self))" }
  var port: AdvertisementPort.Key {
    var hasHeader = false
    if case .header = configuration.authentication { hasHeader = true }
    return AdvertisementPort.Key(
      family: configuration.family, interface: configuration.interface, hasHeader: hasHeader)
  }

  /// The port on the interface with the virtual router's MAC address, which a multicast instance with `use_vmac` has beside
  /// the one on the base interface.
  var virtualPort: AdvertisementPort.Key? {
    guard !configuration.isUnicast, let interface = configuration.virtualInterfaces.first else { return nil }
    var key = port
    key.interface = interface.name
    key.isVirtual = true
    return key
  }

  /// The port by which it sends.
  var sendingPort: AdvertisementPort.Key {
    configuration.virtualMAC?.transmitsFromBase == true ? port : virtualPort ?? port
  }

  /// The port by which it hears. While an interface has the virtual MAC address, the kernel gives it, and not the base
  /// interface, what another router sends from the same address; everything else arrives on both. An ipvlan takes nothing
  /// away from its base interface.
  var listeningPort: AdvertisementPort.Key {
    isRaised && configuration.ipvlan == nil ? virtualPort ?? port : port
  }

  /// The virtual interface of its own that has this name.
  func ownInterface(_ name: String) -> VirtualInterface? {
    configuration.virtualInterfaces.first { $0.name == name }
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
  func wanted(_ link: (String) -> Link?) -> Holdings { Holdings(configuration, link: link) }
}
