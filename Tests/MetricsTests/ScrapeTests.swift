import ControlInterface
import Testing

@testable import Metrics

@Suite struct ScrapeTests {
  private func lines(_ scrape: Scrape, _ compatibility: Scrape.Compatibility? = nil) -> Set<Substring> {
    Set(scrape.text(version: "9", compatibility: compatibility).split(separator: "\n"))
  }

  @Test func daemonsThatDoNotAnswerAreSaidToBeDown() {
    let lines = lines(Scrape()).filter { !$0.hasPrefix("#") }
    #expect(lines == ["baton_exporter_build_info{version=\"9\"} 1", "bfd_up 0", "vrrp_up 0"])
    #expect(self.lines(Scrape(), .keepalived).contains("keepalived_up 0"))
  }

  @Test func whatTheDaemonsToldIsShown() {
    let lines = lines(Scrape(bfd: Samples.bfd, vrrp: Samples.vrrp))
    let session = "session=\"peer\",neighbor=\"192.0.2.2\""
    let instance = "name=\"VI_1\",interface=\"eth0\",vrid=\"51\",family=\"ipv4\""
    for line in [
      "bfd_up 1", "vrrp_up 1", "bfd_build_info{version=\"1.2.3\"} 1",
      "vrrp_realtime_scheduling{policy=\"SCHED_RR\"} 1", "bfd_scheduling_refused 0",
      "bfd_configuration_load_time_seconds 4.5", "vrrp_stalls_total 7", "bfd_loop_lateness_max_seconds 0.0003",
      "bfd_sessions{state=\"up\"} 1", "bfd_packets_dropped_total{reason=\"bad_length\"} 2",
      "bfd_reflector_info{discriminator=\"9\"} 1", "bfd_reflector_up 1", "bfd_reflector_packets_reflected_total 5",
      "bfd_reflector_packets_dropped_total{reason=\"sbfd_rate\"} 2",
      "bfd_session_up{\(session)} 1", "bfd_session_state{\(session)} 3",
      "bfd_session_detection_margin_seconds{\(session)} 0.017",
      "bfd_session_packets_dropped_total{\(session),reason=\"bad_length\"} 2",
      "bfd_session_receive_gap_seconds_bucket{\(session),le=\"0.000256\"} 1",
      "bfd_session_receive_gap_seconds_bucket{\(session),le=\"0.001024\"} 3",
      "bfd_session_receive_gap_seconds_count{\(session)} 3",
      "vrrp_bfd_stale 0", "vrrp_instance_state{\(instance)} 2",
      "vrrp_virtual_address_active{\(instance),address=\"192.0.2.9\"} 1",
      "vrrp_instance_packets_dropped_total{\(instance),reason=\"version_errors\"} 1",
      "vrrp_tracked_up{\(instance),kind=\"script\",object=\"chk\"} 0",
      "vrrp_tracked_up{\(instance),kind=\"bfd\",object=\"peer\"} 1",
      "vrrp_tracked_stale{\(instance),kind=\"bfd\",object=\"peer\"} 1",
    ] { #expect(lines.contains(Substring(line)), "\(line)") }
    #expect(!lines.contains { $0.contains("object=\"new\"") })
    #expect(!lines.contains { $0.contains("keepalived_") })
  }

  @Test func keepalivedNamesAreThoseOfItsExporters() {
    let lines = lines(Scrape(vrrp: Samples.vrrp), .keepalived)
    for line in [
      "keepalived_up 1",
      "keepalived_vrrp_state{iname=\"VI_1\",intf=\"eth1\",vrid=\"51\",ip_address=\"192.0.2.9\"} 2",
      "keepalived_advertisements_received_total{iname=\"VI_1\",intf=\"eth0\",vrid=\"51\"} 6",
      "keepalived_ip_ttl_errors_total{iname=\"VI_1\",intf=\"eth0\",vrid=\"51\"} 4",
      "keepalived_vrrp_advert_rcvd{name=\"VI_1\",intf=\"eth0\",vrid=\"51\",state=\"MASTER\"} 6",
      "keepalived_vrrp_ip_ttl_err{name=\"VI_1\",intf=\"eth0\",vrid=\"51\",state=\"MASTER\"} 4",
      "keepalived_script_status{name=\"chk\"} 0",
    ] { #expect(lines.contains(Substring(line)), "\(line)") }
  }

  /// Every metric is shown under its name, and named as Prometheus wants it.
  @Test func namesFollowTheRules() {
    let text = Scrape(bfd: Samples.bfd, vrrp: Samples.vrrp).text(version: "9")
    let types = text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ") }
    #expect(Set(types.map { String($0[2]) }) == Scrape.metricNames)
    #expect(types.count == Scrape.metricNames.count, "a metric is there twice")
    for type in types {
      #expect(type[2].hasSuffix("_total") == (type[3] == "counter"), "\(type[2])")
      #expect(!type[2].contains("microseconds") && !type[2].contains("_ms"), "\(type[2])")
    }
  }
}
