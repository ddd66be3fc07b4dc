import LabKit
import Testing

/// What needs a real systemd as PID 1. Boxes are containers; see `Box`.
@Suite(.serialized) struct SystemdTests {
  @Test func aBoxBootsAndPowersOff() throws {
    let lab = try Lab()
    defer { lab.destroy() }
    let box = try Box(lab.addHost("a", [Interface("eth0", ["192.0.2.1/24"])]), layers: [])
    #expect(try box.run("systemctl", "is-system-running").trimmed == "running")
    #expect(try box.run("ip", "-br", "-4", "addr", "show", "eth0").contains("192.0.2.1/24"))
    try box.powerOff()
  }
}
