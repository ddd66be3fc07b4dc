@testable import KeepalivedConfig
import LinuxIO
import NetPrimitives
import ScriptHelper
import Testing
import VRRPCore

@testable import vrrpd

struct InstanceConfigurationTests {
  private func router(_ change: (inout VRRPInstance) -> Void) -> RouterConfiguration {
    RouterConfiguration(instance("VI_1", change), global: GlobalDefinitions())
  }

  @Test func defaults() {
    let router = router { _ in }
    #expect(router.name == "VI_1")
    #expect(router.virtualRouterID == 51)
    #expect(router.version == .v2)
    #expect(router.family == .ipv4)
    #expect(router.addresses == [address("192.0.2.200")])
    #expect(router.preemption == .after(.zero))
    #expect(router.transport == .multicast(VRRP.groupIPv4))
    #expect(router.checksumForm == .pseudoHeader)
    #expect(router.takesOverOnBFD)
    #expect(router.announcements == AnnouncementConfiguration())
  }

  @Test func aFaultNamesWhatIsTracked() throws {
    let configuration = router {
      $0.virtualAddresses.append(entry("192.0.2.201"))
      $0.virtualAddresses[1].device = "eth1"
    }
    var router = Router(configuration, sourceAddress: address("192.0.2.1"))
    var effects: [Effect] = []
    let now = Instant.zero + .seconds(1)
    router.start(now: now, into: &effects)
    router.interfaceChanged(isUp: true, now: now, into: &effects)
    router.trackerChanged(.interface, "eth1", to: .down, now: now, into: &effects)
    #expect(router.texts(of: router.faults) == ["tracked interface eth1 failed"])
    let last = try #require(router.history.transitions.last)
    #expect(last.text(of: router) == "backup -> fault: tracked interface eth1 failed, priority 100")
    router.interfaceChanged(isUp: false, now: now, into: &effects)
    #expect(
      router.texts(of: router.faults) == ["the interface is down or missing", "tracked interface eth1 failed"])
  }

  @Test func otherInterfacesOfAddressesAreTracked() {
    let router = router {
      $0.virtualAddresses.append(entry("192.0.2.201"))
      $0.virtualAddresses[1].device = "eth1"
      $0.virtualAddresses.append(entry("192.0.2.202"))
      $0.virtualAddresses[2].device = "eth2"
      $0.virtualAddresses[2].noTrack = true
      $0.virtualAddresses.append(entry("192.0.2.203"))
      $0.virtualAddresses[3].device = "eth0"
    }
    #expect(router.trackers == [Tracker(kind: .interface, name: "eth1")])
  }

  @Test func trackGroupsOfTheInstanceAreTracked() {
    var statics = Configuration()
    statics.trackGroups = [
      TrackGroup(name: "mine", members: ["VI_1"], location: somewhere),
      TrackGroup(name: "other", members: ["VI_2"], location: somewhere),
    ]
    statics.staticAddresses = ["mine", "other", nil].enumerated().map { index, group in
      var entry = entry("203.0.113.\(index)/24")
      entry.device = "eth\(index + 1)"
      entry.trackGroup = group
      return entry
    }
    let router = RouterConfiguration(instance("VI_1") { _ in }, global: GlobalDefinitions(), statics: statics)
    #expect(router.trackers == [Tracker(kind: .interface, name: "eth1"), Tracker(kind: .group, name: "mine")])
  }

  @Test func everythingElse() {
    let router = router {
      $0.version = .v3
      $0.priority = 255
      $0.state = .master
      $0.advertisementInterval = .milliseconds(30)
      $0.preempt = false
      $0.excludedAddresses = [entry("2001:db8::1")]
      $0.checksumAsV2 = true
      $0.bfdTakeover = false
      $0.lowerPriorityNoAdvert = true
      $0.higherPrioritySendAdvert = false
      $0.ownerIgnoreAdverts = true
      $0.skipAddressListCheck = true
      $0.downTimerAdverts = 4
      $0.gratuitous.repeats = 2
      $0.gratuitous.lowerPriorityRepeats = 0
    }
    #expect(router.isOwner)
    #expect(router.prefersMaster)
    #expect(router.advertisementInterval == .milliseconds(30))
    #expect(router.preemption == .never)
    #expect(router.excludedAddressCount == 1)
    #expect(router.checksumForm == .messageOnly)
    #expect(!router.takesOverOnBFD)
    #expect(router.staysSilentOnLowerPriority)
    #expect(!router.answersHigherPriority)
    #expect(router.ownerIgnoresAdvertisements)
    #expect(router.skipsAddressCheckOfKnownSender)
    #expect(router.downTimerAdvertisements == 4)
    #expect(router.announcements.repeats == 2)
    #expect(router.announcements.lowerPriorityRepeats == 0)
  }

  @Test func unicast() {
    let router = router {
      $0.isUnicast = true
      $0.unicastPeers = [UnicastPeer(address: address("192.0.2.2"), location: somewhere)]
      $0.checkUnicastSource = true
    }
    #expect(router.transport == .unicast([address("192.0.2.2")], checksSource: true))
  }

  @Test func unicastLimits() {
    func peer(_ text: String, _ minimum: UInt8?, _ maximum: UInt8?) -> UnicastPeer {
      var peer = UnicastPeer(address: address(text), location: somewhere)
      peer.minimumTTL = minimum
      peer.maximumTTL = maximum
      return peer
    }
    let router = router {
      $0.isUnicast = true
      $0.unicastPeers = [
        peer("192.0.2.2", nil, nil), peer("192.0.2.3", 254, nil), peer("192.0.2.4", nil, 64), peer("192.0.2.5", 60, 64),
      ]
      $0.unicastTTL = 64
      $0.faultWithoutPeers = true
      $0.oldUnicastChecksum = .never
      $0.timerExpiredBackup = 254
    }
    #expect(
      router.peerHopLimits == [
        address("192.0.2.3"): 254...255, address("192.0.2.4"): 0...64, address("192.0.2.5"): 60...64,
      ])
    #expect(router.unicastHopLimit == 64)
    #expect(router.needsPeers)
    #expect(router.oldUnicastChecksum == .never)
    #expect(router.expiredTimerPriority == 254)
  }

  @Test func trackersKeepWeightAndDirection() {
    let router = router {
      $0.tracking.scripts = [KeepalivedConfig.TrackedObject(name: "chk", weight: TrackWeight(-30), location: somewhere)]
      $0.tracking.bfd = [
        KeepalivedConfig.TrackedObject(name: "b", weight: TrackWeight(40, reverse: true), location: somewhere)
      ]
    }
    #expect(
      router.trackers == [
        Tracker(kind: .script, name: "chk", weight: -30),
        Tracker(kind: .bfd, name: "b", weight: 40, isReversed: true),
      ])
  }

  /// Every kind of tracker with every weight, in an instance that is in a group and in the group itself.
  @Test(arguments: [false, true]) func trackersInGroups(keepsWeights: Bool) {
    let kinds: [(kind: Tracker.Kind, path: WritableKeyPath<Tracking, [KeepalivedConfig.TrackedObject]>)] = [
      (.interface, \.interfaces), (.script, \.scripts), (.file, \.files), (.process, \.processes), (.bfd, \.bfd),
    ]
    for (kind, path) in kinds {
      for weight in [TrackWeight(0), TrackWeight(0, reverse: true), TrackWeight(20), TrackWeight(-20, reverse: true)] {
        let member = instance {
          $0.tracking[keyPath: path] = [
            KeepalivedConfig.TrackedObject(name: "own", weight: weight, location: somewhere)
          ]
        }
        var group = KeepalivedConfig.SyncGroup(name: "G", members: ["VI_1"], location: somewhere)
        group.keepsTrackingWeights = keepsWeights
        group.tracking[keyPath: path] = [
          KeepalivedConfig.TrackedObject(name: "common", weight: weight, location: somewhere)
        ]
        let trackers = RouterConfiguration(member, global: GlobalDefinitions(), group: group).trackers
        let whole = { Tracker(kind: kind, name: $0, weight: weight.value, isReversed: weight.reverse) }
        let own: [Tracker] =
          if keepsWeights || weight.value == 0 {
            [whole("own")]
          } else if kind == .interface || kind == .file {
            [Tracker(kind: kind, name: "own", isReversed: weight.reverse)]
          } else {
            []
          }
        #expect(trackers == own + [whole("common")], "\(kind) \(weight)")
      }
    }
  }

  @Test func identityIsNotTheName() {
    let key = InstanceKey(instance("VI_1"))
    #expect(key == InstanceKey(instance("renamed") { $0.priority = 7 }))
    #expect(key != InstanceKey(instance { $0.interface = "eth1" }))
    #expect(key != InstanceKey(instance { $0.virtualRouterID = 52 }))
    #expect(key != InstanceKey(instance { $0.family = .ipv6 }))
  }

  @Test func addressesAsTheKernelGetsThem() {
    var labelled = entry("192.0.2.200")
    labelled.label = "eth0:9"
    var v6 = entry("2001:db8::200/128")
    v6.noDuplicateAddressDetection = true
    v6.preferredLifetime = .seconds(0)
    var elsewhere = entry("198.51.100.1/24")
    elsewhere.device = "eth1"
    let settings = instance {
      $0.virtualAddresses = [labelled, elsewhere]
      $0.excludedAddresses = [v6]
    }
    let made = Instance(
      settings, router: RouterConfiguration(settings, global: GlobalDefinitions()),
      notifications: NotificationCommands())
    func link(_ name: String) -> Link? {
      ["eth0": 2, "eth1": 3][name].map { Link(index: $0, name: name, isUp: true, isRunning: true) }
    }
    let addresses = made.wanted(link).addresses.map(\.object)
    #expect(addresses.map(\.interface) == [2, 3, 2])
    #expect(addresses.map(\.prefix.description) == ["192.0.2.200/32", "198.51.100.1/24", "2001:db8::200/128"])
    #expect(addresses.map(\.label) == ["eth0:9", nil, nil])
    #expect(addresses.map(\.flags) == [[], [], .noDAD])
    #expect(addresses.map(\.preferredLifetime) == [nil, nil, 0])
    #expect(addresses.allSatisfy { $0.origin == 112 })
    #expect(
      made.wanted { $0 == "eth0" ? link($0) : nil }.addresses.count == 2, "an interface that is missing is left out")
  }

  @Test func notifications() {
    var scripts = NotifyScripts()
    let word = { KeepalivedConfig.ScriptCommand(arguments: [$0, "own argument"], location: somewhere) }
    scripts.master = word("/master")
    scripts.any = word("/any")
    let commands = NotificationCommands(scripts) {
      ScriptHelper.ScriptCommand($0.arguments, user: .root, timeout: $1)
    }
    #expect(
      commands.commands(for: .master, name: "upyun_lb", priority: 100).map(\.arguments) == [
        ["/master", "own argument"], ["/any", "own argument", "INSTANCE", "upyun_lb", "MASTER", "100"],
      ])
    #expect(
      commands.commands(for: .fault, name: "upyun_lb", priority: 70).map(\.arguments) == [
        ["/any", "own argument", "INSTANCE", "upyun_lb", "FAULT", "70"]
      ])
    #expect(commands.commands(for: .masterReceivedLowerPriority, name: "upyun_lb", priority: 70).isEmpty)
  }
}
