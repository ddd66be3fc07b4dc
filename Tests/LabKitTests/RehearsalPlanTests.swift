import KeepalivedConfig
import LabKit
import NetPrimitives
import Testing

/// From a user's file to two routers and the network around them.
@Suite struct RehearsalPlanTests {
  @Test func theOtherRouterIsDerived() throws {
    let plan = try plan("heartbeat.conf")
    let (a, b) = (plan.routers[0], plan.routers[1])
    #expect(a.interfaces == [Interface("eth0", on: "net1", ["10.20.0.4/24"])])
    #expect(b.interfaces == [Interface("eth0", on: "net1", ["10.20.0.8/24"])])
    #expect(plan.client == [Interface("eth0", on: "net1", ["10.20.0.250/24"])])
    let session = try #require(b.model.bfdInstances.first)
    #expect("\(session.neighbor)" == "10.20.0.4")
    #expect(session.source.map { "\($0)" } == "10.20.0.8")
    let (own, other) = (try #require(a.model.vrrpInstances.first), try #require(b.model.vrrpInstances.first))
    #expect(own.priority == 100 && other.priority == 90)
    #expect(other.tracking.bfd.map(\.weight) == [TrackWeight(40)])
    #expect(plan.watched.map { "\($0.address) \($0.instance) \($0.preferred ?? "none")" } == ["10.20.0.100 VI_1 a"])
    #expect(!a.text.contains("virtual_server"))
    #expect(plan.notes.contains("left out: virtual_server: IPVS forwarding is not rebuilt"))
  }

  @Test func standInsTakeThePlacesOfScripts() throws {
    let plan = try plan("checked.conf")
    let a = plan.routers[0]
    #expect(!a.text.contains("/opt/lb") && !a.text.contains("haproxy") && !a.text.contains("/tmp"))
    let script = try #require(a.model.scripts.first)
    #expect(script.name == "chk proxy" && script.interval == .milliseconds(200) && script.fall == 2)
    let text = try #require(a.files[script.command.arguments[0]])
    #expect(text.hasPrefix("#!/bin/sh\n") && text.hasSuffix("exit 0\n"), "\(text)")
    #expect(a.model.vrrpInstances[0].notify.any?.arguments.map { a.files[$0] != nil } == [true])
    #expect(a.checks.map(\.name) == ["chk proxy"])
    #expect(a.interfaces == [Interface("eth3", on: "net1", ["192.0.2.20/28"])], "no address beyond the /28 is made up")
    // Weight -6: with a difference of 10 the check that fails would change nothing.
    let other = try #require(plan.routers[1].model.vrrpInstances.first)
    #expect(other.priority == 147 && other.state == .backup && other.preemptDelay == .seconds(10))
    #expect(plan.notes.contains("preempt_delay 300 is shortened to 10 s"))
    #expect(plan.notes.contains { $0.hasPrefix("not run") && $0.contains("vrrp_script chk proxy") })
  }

  @Test func scriptsRunWhereTheyAreAskedFor() throws {
    let plan = try plan(
      text: """
        vrrp_script chk {
          script "/bin/sh -c 'echo it'\\''s; exit 3'"
          user root
        }
        vrrp_instance V {
          interface eth0
          virtual_router_id 1
          virtual_ipaddress { 192.0.2.1 }
          track_script { chk }
          notify "/bin/true moved"
        }
        """, withScripts: true)
    let a = plan.routers[0]
    let wrapper = try #require(a.model.scripts.first?.command.arguments.first.flatMap { a.files[$0] })
    #expect(wrapper.contains("exec '/bin/sh' '-c' "), "\(wrapper)")
    #expect(a.text.contains("notify \"/bin/true moved\""), "\(a.text)")
  }

  @Test func interfacesFamiliesAndGroups() throws {
    let plan = try plan("two-sides.conf")
    let (a, b) = (plan.routers[0], plan.routers[1])
    #expect(
      a.interfaces == [
        Interface("bond0.100", on: "net1", ["198.51.100.2/24", "2001:db8:100::101/64"]),
        Interface("enp3s0f0np0.20", on: "net2", ["10.0.20.101/24"]), Interface("mgmt", on: "net3", []),
      ])
    #expect(b.interfaces.map(\.segment) == ["net1", "net2", "net3"])
    #expect(b.interfaces[0].addresses.map { "\($0)" } == ["198.51.100.3/24", "2001:db8:100::102/64"])
    let unicast = try #require(b.model.vrrpInstances.first)
    #expect(unicast.sourceAddress.map { "\($0)" } == "198.51.100.3")
    #expect(unicast.unicastPeers.map { "\($0.address)" } == ["198.51.100.2"])
    #expect(b.model.syncGroups.map(\.members) == [["outside", "outside6", "inside"]])
    #expect(
      plan.watched.map { "\($0.address)" }
        == ["198.51.100.1", "203.0.113.7", "fe80::1", "2001:db8:100::1", "10.0.20.1"])
    let faults = try RehearsalFault.faults(named: [], for: plan).map(\.name)
    #expect(
      faults == [
        "power", "cut", "unplug", "unplug:bond0.100", "unplug:enp3s0f0np0.20", "unplug:mgmt", "deaf", "mute",
        "check:drain", "freeze", "restart", "reload",
      ])
  }

  @Test func aPairIsTakenAsWritten() throws {
    let plan = try RehearsalPlan(file("pair-a.conf"), file("pair-b.conf"))
    #expect(plan.routers.map { $0.interfaces.map(\.name) } == [["ens3"], ["eth7"]])
    #expect(plan.routers.map { $0.interfaces.map(\.segment) } == [["net1"], ["net1"]])
    #expect(plan.routers.map { $0.model.vrrpInstances.map(\.priority) } == [[110, 90], [90, 110]])
    #expect(plan.watched.map(\.preferred) == ["a", "b"])
    // The gateway is nobody of the two.
    #expect(!plan.usesBFD && plan.routers.allSatisfy { $0.model.vrrpInstances[0].tracking.bfd.isEmpty })
    #expect(plan.notes.contains { $0.contains("gateway to 192.0.2.254") })
  }

  @Test func theFileOfABackupGetsAMaster() throws {
    let plan = try plan(
      text: """
        vrrp_instance V {
          state BACKUP
          interface eth0
          virtual_router_id 1
          priority 90
          virtual_ipaddress { 192.0.2.1 }
        }
        """)
    let other = try #require(plan.routers[1].model.vrrpInstances.first)
    #expect(other.priority == 100)
    #expect(plan.watched.map(\.preferred) == ["b"])
  }

  @Test func conditionsMakeTwoRoutersOfOneFile() throws {
    let text = """
      vrrp_instance V {
        interface eth0
        virtual_router_id 1
        @left  priority 120
        @right priority 80
        nopreempt
        virtual_ipaddress { 192.0.2.1 }
      }
      """
    let files = ["/one.conf": text]
    let plan = try RehearsalPlan(
      RehearsalFile(path: "/one.conf", identifier: "left", files: files),
      RehearsalFile(path: "/one.conf", identifier: "right", files: files))
    #expect(plan.routers.map { $0.model.vrrpInstances[0].priority } == [120, 80])
    #expect(plan.watched.map(\.preferred) == [nil], "nobody preempts")
  }

  @Test func otherNetworksAreReached() throws {
    let plan = try plan(
      text: """
        bfd_instance far {
          neighbor_ip 172.16.9.8
          source_ip 10.1.1.4
          multihop
        }
        vrrp_instance V {
          interface eth0
          virtual_router_id 1
          virtual_ipaddress { 192.0.2.1 }
          track_bfd { far weight 10 }
        }
        """)
    #expect(plan.routers[0].interfaces[0].addresses.map { "\($0)" } == ["10.1.1.4/24"])
    #expect(plan.routers[0].neighbors.map { "\($0.address) \($0.interface)" } == ["172.16.9.8 eth0"])
    #expect(plan.routers[1].neighbors.map { "\($0.address) \($0.interface)" } == ["10.1.1.4 eth0"])
  }

  @Test func sessionsToOthersAreLeftOut() throws {
    let plan = try plan(
      text: """
        bfd_instance peer {
          neighbor_ip 192.0.2.8
          source_ip 192.0.2.4
        }
        bfd_instance gateway {
          neighbor_ip 192.0.2.254
          source_ip 192.0.2.4
        }
        sbfd_initiator far {
          neighbor_ip 198.51.100.1
          source_ip 192.0.2.4
          remote_discriminator 99
        }
        vrrp_instance V {
          interface eth0
          virtual_router_id 1
          virtual_ipaddress { 192.0.2.1 }
          track_bfd {
            gateway
            peer weight 10
            far weight 5
          }
        }
        """)
    for router in plan.routers {
      #expect(router.model.bfdInstances.map(\.name) == ["peer"])
      #expect(router.model.vrrpInstances[0].tracking.bfd.map(\.name) == ["peer"])
    }
    #expect(plan.notes.contains { $0.hasSuffix("gateway to 192.0.2.254, far to 198.51.100.1") }, "\(plan.notes)")
  }

  @Test func whatReachesOutOfTheLabIsLeftOut() throws {
    let plan = try plan(
      text: """
        net_namespace production
        global_defs {
          enable_dbus
          enable_snmp_vrrp
          tmp_config_directory /tmp/x
        }
        vrrp_track_process proxy { process haproxy }
        vrrp_instance V {
          interface eth0
          virtual_router_id 1
          virtual_ipaddress { 192.0.2.1 }
          track_process { proxy }
          smtp_alert
        }
        """)
    for word in ["net_namespace", "dbus", "snmp", "/tmp", "track_process", "smtp"] {
      #expect(plan.routers.allSatisfy { !$0.text.contains(word) }, "\(word)")
      #expect(plan.notes.contains { $0.hasPrefix("left out") && $0.contains(word == "/tmp" ? "tmp_config" : word) })
    }
  }

  @Test func badFilesAreRefusedWithEveryFinding() throws {
    let error = #expect(throws: LabError.self) { try file("mistakes.conf") }
    let text = try #require(error).description
    for part in ["mistakes.conf:3:23: error:", "(did you mean 'priority'?)", "10.0.0.300"] {
      #expect(text.contains(part), "\(text)")
    }
    #expect(throws: LabError.self) { try plan(text: "global_defs { }") }
    let peers = "unicast_peer { 192.0.2.2 } virtual_ipaddress { 10.0.0.1 }"
    let inVRF = "vrrp_instance R { vrf red \n virtual_router_id 1 \n \(peers) }"
    let refusal = #expect(throws: LabError.self) { try plan(text: inVRF) }
    #expect(refusal?.description.contains("VRF red") == true)
    #expect(throws: LabError.self) { try RehearsalFile(path: "/nonexistent/keepalived.conf") }
    #expect(throws: LabError.self) { try RehearsalFault.faults(named: ["flood"], for: plan("heartbeat.conf")) }
    #expect(throws: LabError.self) { try RehearsalFault.faults(named: ["check"], for: plan("heartbeat.conf")) }
  }

  private func file(_ name: String) throws -> RehearsalFile {
    let folder = #filePath.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 }
    return try RehearsalFile(path: "\(folder)/Fixtures/\(name)")
  }

  private func plan(_ name: String) throws -> RehearsalPlan { try RehearsalPlan(file(name)) }

  private func plan(text: String, withScripts: Bool = false) throws -> RehearsalPlan {
    let files = ["/memory.conf": text]
    return try RehearsalPlan(
      RehearsalFile(path: "/memory.conf", files: files, withScripts: withScripts), withScripts: withScripts)
  }
}
