import LabKit
import NetPrimitives
import Testing

extension SystemdTests {
  /// Two machines with Debian's base and nothing else, not even the Swift runtime.
  @Suite struct CleanHostTests {
    @Test func twoFreshMachinesFailOverAndForget() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let base = try Self.debian()
      let boxes = try [Router.a, .b].map { router in
        try Box(router.addHost(to: lab), over: base) { root throws(LabError) in
          try PackageTests.build("1.0.0", into: "\(root)/srv")
          // The box has no way to Debian's mirror.
          try Self.chroot(root, "apt-get -qq install --download-only --yes /srv/*.deb")
        }
      }
      let before = try boxes[0].ownFiles()
      for (router, box) in zip([Router.a, .b], boxes) {
        #expect(try box.status("which", "swift").status != 0)
        try box.shell("DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes /srv/*.deb")
        try box.write(router.shortConfiguration, to: "/etc/keepalived/keepalived.conf")
        try box.startDaemons()
      }
      try boxes[0].awaitInstance("master")
      try boxes[1].awaitInstance("backup")
      try boxes[1].awaitSession("up")

      try boxes[0].shell("DEBIAN_FRONTEND=noninteractive apt-get -qq remove --yes baton")
      try boxes[1].awaitInstance("master")
      #expect(try boxes[1].hasVirtualAddress() && !boxes[0].hasVirtualAddress())
      #expect(try boxes[0].status("pidof", "bfdd", "vrrpd").status != 0)
      let left = try boxes[0].ownFiles().subtracting(before).subtracting(PackageTests.configuration)
      // What Baton depends on stays until apt's autoremove.
      let strangers = left.filter { $0.contains("baton") || $0.contains("bfd") || $0.contains("vrrp") }
      #expect(strangers.isEmpty, "left behind: \(strangers.sorted())")
    }

    /// The folder with Debian's base, made once for a clone.
    private static func debian() throws(LabError) -> String {
      let folder = "\(Installation.repository)/.build/debian"
      let script = """
        [ ! -d "$1" ] || exit 0
        rm -rf "$1.new"
        mkdir -p "$1.new"
        release=$(. /etc/os-release && echo "$VERSION_CODENAME")
        debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,iproute2,procps "$release" "$1.new"
        chroot "$1.new" apt-get -qq update
        mv "$1.new" "$1"
        """
      try Command.run(["/bin/sh", "-euc", script, "sh", folder])
      return folder
    }

    private static func chroot(_ root: String, _ script: String) throws(LabError) {
      try Command.run(["chroot", root, "/bin/sh", "-euc", script])
    }
  }
}

extension Router {
  /// Ten lines, as somebody writes who begins.
  fileprivate var shortConfiguration: String {
    """
    bfd_instance peer {
      neighbor_ip \(peer.address)
      min_rx 100
    }
    vrrp_instance VI_1 {
      interface eth0
      virtual_router_id 51
      priority \(priority)
      virtual_ipaddress { \(Self.virtualAddress) }
      track_bfd { peer weight 20 }
    }
    """
  }
}
