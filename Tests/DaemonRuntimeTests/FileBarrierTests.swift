import LinuxIO
import Testing

@testable import DaemonRuntime

@Suite struct FileBarrierTests {
  /// The test program runs as root, who may read everything but enter no file.
  @Test func theFolderInTheWayIsNamed() {
    let text = FileBarrier.explanation("/etc/passwd/keepalived.conf")
    #expect(text.contains("may not enter /etc/passwd (mode 0644, user 0, group 0)"), "\(text)")
    #expect(text.contains("chmod o+x /etc/passwd"))
  }

  @Test func elseTheFileItselfIs() {
    #expect(FileBarrier.explanation("/etc/hostname").contains("may not read /etc/hostname"))
  }
}
