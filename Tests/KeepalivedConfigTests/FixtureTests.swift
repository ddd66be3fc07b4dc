import NetPrimitives
import Testing

@testable import KeepalivedConfig

/// Whole files: what production has, and what goes wrong.
@Suite struct FixtureTests {
  @Test func theHeartbeatFile() throws {
    let loaded = try Fixture.heartbeat.load()
    #expect(loaded.problems.isEmpty, "\(loaded.report)")
    #expect(loaded.findings.testExitStatus == 0)
    let configuration = loaded.configuration
    #expect(configuration.global.bfdProcessName == "pulse")
    #expect(configuration.global.vrrpProcessName == "keepalived_vrrp")
    let session = try #require(configuration.bfdInstances.first)
    #expect(session.name == "pulse")
    #expect(session.neighbor == IPAddress("192.0.2.8"))
    #expect(session.source == IPAddress("192.0.2.4"))
    #expect(session.requiredMinRX == .milliseconds(10) && session.desiredMinTX == .milliseconds(10))
    #expect(session.idleTX == .seconds(1) && session.multiplier == 5 && session.ttl == 255)
    #expect(session.minimumReceivedTTL == 255)
    let instance = try #require(configuration.vrrpInstances.first)
    #expect(instance.name == "VI_EDGE" && instance.interface == "eth0" && instance.virtualRouterID == 51)
    #expect(instance.version == .v2 && instance.family == .ipv4 && instance.priority == 100)
    #expect(instance.state == .backup && instance.preempt && instance.advertisementInterval == .seconds(1))
    #expect(instance.tracking.bfd.map(\.name) == ["pulse"])
    #expect(instance.tracking.bfd.map(\.weight) == [TrackWeight(40)])
    #expect(instance.virtualAddresses.map { "\($0.prefix)" } == ["192.0.2.100/32"])
    #expect(instance.bfdTakeover)
    #expect(instance.gratuitous == GratuitousPolicy())
    #expect(instance.location.line == 14)
  }

  @Test func theFastFile() throws {
    let loaded = try Fixture.fast.load()
    #expect(loaded.problems.map(\.message).allSatisfy { $0.hasPrefix("1 virtual_server block") }, "\(loaded.report)")
    let configuration = loaded.configuration
    #expect(configuration.global.scriptSecurity)
    let script = try #require(configuration.scripts.first)
    #expect(script.command.arguments == ["/opt/edge/alive.sh", "--quick"])
    #expect(script.command.user == ScriptUser(name: "root"))
    #expect(script.interval == .seconds(1) && script.timeout == .seconds(1) && script.weight == TrackWeight(-30))
    let instance = try #require(configuration.vrrpInstances.first)
    #expect(instance.version == .v3 && !instance.strict && instance.skipAddressListCheck)
    #expect(instance.advertisementInterval == .milliseconds(30))
    #expect(instance.notify.any?.arguments == ["/opt/edge/moved.sh"])
    #expect(instance.tracking.scripts.map(\.weight) == [TrackWeight(-30)])
    #expect(instance.virtualAddresses.first?.label == "eth3:9")
    #expect(loaded.findings.filter { $0.message.contains("IPVS") }.count == 1)
  }

  @Test func everything() throws {
    let loaded = try Fixture.everything.load()
    // keepalived's default hop limit, which RFC 5881 forbids.
    #expect(loaded.problems.count == 1 && "\(loaded.report)".contains("ttl 64 on a single hop"), "\(loaded.report)")
    let configuration = loaded.configuration
    #expect(configuration.bfdInstances.map(\.name) == ["peer1", "peer2", "six"])
    #expect(configuration.bfdInstances[0].requiredMinRX == .microseconds(3_300))
    #expect(configuration.bfdInstances[2].ttl == 64 && configuration.bfdInstances[2].minimumReceivedTTL == 61)
    #expect(configuration.syncGroups.first?.members == ["four", "six"])
    #expect(configuration.syncGroups.first?.notify.master?.arguments == ["/opt/edge/group.sh", "master"])
    #expect(configuration.trackFiles.first?.initialValue == 3 && configuration.trackFiles.first?.overwrites == true)
    #expect(configuration.trackProcesses.first?.command == ["proxy", "-c", "/etc/proxy"])
    #expect(configuration.trackProcesses.first?.forkDelay == .milliseconds(1_500))
    #expect(configuration.staticAddresses.map { $0.broadcast?.description } == ["192.0.2.255", nil])
    #expect(configuration.staticAddresses[0].scope == 253)
    #expect(configuration.staticRoutes.map(\.route.metric) == [10, nil])
    #expect(configuration.staticRoutes[1].route.destination == nil)
    #expect(configuration.staticRoutes[1].route.preferredSource != nil)
    #expect(configuration.staticRules.first?.rule.priority == 1_000)
    #expect(configuration.global.smtpPort == 2_525 && configuration.global.notificationEmail.count == 2)
    #expect(configuration.global.bfdScheduling.processors == [1, 2])
    #expect(configuration.global.bfdScheduling.realTimePriority == 60)
    #expect(configuration.global.vrrpNotifyFIFO?.script?.arguments == ["/opt/edge/fifo.sh", "-v"])
    let four = configuration.vrrpInstances[0]
    #expect(four.version == .v3 && !four.preempt && four.advertisementInterval == .milliseconds(500))
    #expect(!four.bfdTakeover && !four.smtpAlert, "mails have to be asked for")
    #expect(four.gratuitous.repeats == 3 && four.gratuitous.lowerPriorityRepeats == 3)
    #expect(four.gratuitous.delay == .seconds(2) && four.gratuitous.lowerPriorityDelay == .seconds(2))
    #expect(four.tracking.interfaces.map(\.weight) == [TrackWeight(10), .fault])
    #expect(four.tracking.files.map(\.weight) == [TrackWeight(-2)])
    #expect(four.tracking.processes.map(\.weight) == [TrackWeight(-20, reverse: true)])
    #expect(four.tracking.bfd.map(\.weight) == [.fault, TrackWeight(5), TrackWeight(-10, reverse: true)])
    #expect(four.notify.master?.arguments == ["/opt/edge/moved.sh", "a b"])
    #expect(four.excludedAddresses.first?.preferredLifetime == .seconds(0))
    #expect(four.virtualAddresses.map(\.noTrack) == [false, true])
    let six = configuration.vrrpInstances[1]
    #expect(six.family == .ipv6 && six.version == .v3 && six.priority == 200)
    #expect(six.virtualAddresses.map(\.noDuplicateAddressDetection) == [true, false, true])
    #expect(six.virtualAddresses[2].preferredLifetime == .seconds(60))
    #expect(six.multicastGroup == IPAddress("ff02::12"))
  }

  @Test func tenMistakesAreTenFindings() throws {
    let loaded = try Fixture.mistakes.load()
    #expect(
      loaded.report == [
        "3:3: error: unknown keyword 'vrrp_verson' (did you mean 'vrrp_version'?)",
        "4:27: error: 'vrrp_garp_master_repeat' is a whole number from 0 to 65535, not 'many'",
        "8:15: error: 'neighbor_ip' needs an IP address, not '192.0.2.300'",
        "10:14: error: bfd_instance 'b2' has no neighbor_ip",
        "15:21: error: 'virtual_router_id' is a whole number from 1 to 255, not '256'",
        "17:5: error: a prefix length of IPv4 is from 0 to 32, not '33'",
        "23:12: error: 'priority' is a whole number from 1 to 255, not '0'",
        "26:16: error: 'lable' has no meaning in an address (did you mean 'label'?)",
        "29:5: error: there is no bfd_instance 'b3'",
        "32:1: error: unknown block 'vrrp_instace' (did you mean 'vrrp_instance'?)",
      ])
    #expect(loaded.findings.testExitStatus == 5)
  }
}
