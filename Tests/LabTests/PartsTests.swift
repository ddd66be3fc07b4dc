import LabKit
import NetPrimitives
import Testing

extension LabTests {
  /// The parts of the lab that need no network.
  @Suite struct Parts {
    @Test func theOtherRoutersConfigurationIsMirrored() throws {
      let plan = try FailoverPlan(
        activeFile: LabTests.fixtures + "/heartbeat/keepalived.conf", backupFile: nil, folder: nil)
      #expect(plan.backup.configuration.contains("neighbor_ip 10.0.2.4 # the other router"))
      #expect(plan.backup.configuration.contains("source_ip 10.0.2.8   # this router"))
      #expect(plan.backup.configuration.contains("priority 90"))
      #expect(plan.active.interfaces == [Interface("eth0", on: "eth0", ["10.0.2.4/24"])])
      #expect(plan.backup.interfaces == [Interface("eth0", on: "eth0", ["10.0.2.8/24"])])
      #expect(plan.client == Interface("eth0", on: "eth0", ["10.0.2.250/24"]))
      #expect(plan.usesBFD)
    }

    @Test func addressesAreMadeUpWhereTheConfigurationNamesNone() throws {
      let folder = LabTests.fixtures + "/advert-30ms"
      let plan = try FailoverPlan(
        activeFile: folder + "/keepalived.conf", backupFile: nil, folder: folder + "/etc")
      #expect(plan.active.interfaces == [Interface("eth3", on: "eth3", ["192.168.147.101/24"])])
      #expect(plan.backup.interfaces == [Interface("eth3", on: "eth3", ["192.168.147.102/24"])])
      #expect(
        plan.files.keys.sorted() == [
          "/etc/keepalived/bin/change_state.sh", "/etc/keepalived/bin/check_vip.sh", "/etc/keepalived/virserver.conf",
        ])
      #expect(plan.advertisementInterval == .milliseconds(30))
    }

    @Test func millisecondsAreEasyToRead() {
      #expect(Report.milliseconds(.microseconds(27_349)) == "27.3 ms")
      #expect(Report.milliseconds(.microseconds(2_905_350)) == "2,905.4 ms")
      #expect(Report.milliseconds(.seconds(12_345)) == "12,345,000.0 ms")
      #expect(Report.milliseconds(.microseconds(-3_100)) == "-3.1 ms")
      #expect(Report.milliseconds(.nanoseconds(-1)) == "0.0 ms")
    }

    @Test func theMedianIsTheMiddle() {
      func series(_ milliseconds: [Int64]) -> Series {
        Series(
          engine: .baton,
          timelines: milliseconds.map { time in
            Timeline(
              engine: .baton, fault: .cut,
              events: [
                Timeline.Event(step: .fault, time: .zero, host: "a", detail: ""),
                Timeline.Event(
                  step: .announcement, time: .zero + .milliseconds(time), host: "b", detail: ""),
              ])
          })
      }
      #expect(series([30, 10, 20]).median(.announcement) == .milliseconds(20))
      #expect(series([40, 10, 20, 30]).median(.announcement) == .milliseconds(25))
      #expect(series([]).median(.announcement) == nil)
    }
  }
}
