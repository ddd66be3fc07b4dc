import LabKit
import LinuxIO
import NetPrimitives
import Testing

extension LabTests {
  /// A lab leaves nothing behind, whatever ends it.
  @Suite struct CleanUp {
    private func namespaces(of pid: Int32) throws -> [Substring] {
      try Command.run(["ip", "netns"]).split(separator: "\n").filter { $0.hasPrefix("baton-\(pid)-") }
    }

    @Test func aLabThatIsDestroyedIsGone() throws {
      let lab = try Lab()
      let host = try lab.addHost("a", [Interface("eth0", ["192.0.2.1/24"]), Interface("eth3", on: "other", [])])
      let daemon = try host.start("sleeper", ["sleep", "1000"])
      #expect(try Command.run(["ip", "netns"]).contains(lab.name))
      lab.destroy()
      #expect(!daemon.isRunning)
      #expect(try !Command.run(["ip", "netns"]).contains(lab.name))
      #expect(try Command.status(["test", "-e", lab.folder]).status != 0)
    }

    @Test(arguments: [Signal.interrupt, .terminate])
    func anInterruptedProgramCleansUp(_ signal: Signal) throws {
      let program = try startUp()
      defer { _ = try? Command.run(["rm", program.log]) }
      let pid = program.pid
      program.send(signal)
      let status = try Wait.until("baton-lab ends", within: .seconds(20)) { program.exitStatus }
      #expect(status == 128 + signal.rawValue, "\(program.output)")
      #expect(try namespaces(of: pid) == [])
      #expect(try Command.status(["sh", "-c", "ls -d \(Lab.root)/baton-\(pid)-*"]).status != 0)
    }

    @Test func cleanRemovesWhatAKilledProgramLeft() throws {
      let program = try startUp()
      defer { _ = try? Command.run(["rm", program.log]) }
      let pid = program.pid
      let survivor = try Lab()
      defer { survivor.destroy() }
      program.send(.kill)
      try Wait.until("baton-lab ends", within: .seconds(20)) { program.exitStatus }
      #expect(try namespaces(of: pid) != [], "SIGKILL leaves no time to clean up")
      let output = try Command.run([LabTests.baton().path("baton-lab"), "clean"])
      #expect(output.contains("baton-\(pid)-"), "\(output)")
      #expect(try namespaces(of: pid) == [])
      #expect(try Command.run(["ip", "netns"]).contains(survivor.name), "a living lab is left alone")
    }

    @Test func withoutRootItRefusesInOneLine() throws {
      let (status, output) = try Command.status(
        ["setpriv", "--reuid=65534", "--clear-groups", LabTests.baton().path("baton-lab"), "clean"])
      #expect(status == 77)
      #expect(output.split(separator: "\n").count == 1 && output.contains("root"), "\(output)")
    }

    /// `baton-lab up`, interrupted at no particular moment: as soon as its first namespaces are there.
    private func startUp() throws -> Daemon {
      let program = try Daemon(
        "baton-lab", host: "none", command: [LabTests.baton().path("baton-lab"), "up"],
        log: "\(Lab.root)/up-\(UInt32.random(in: 0...UInt32.max)).log")
      try Wait.until("the lab is being built", within: .seconds(20), detail: { program.output }) {
        () throws(LabError) in
        try Command.run(["ip", "netns"]).contains("baton-\(program.pid)-") ? true : nil
      }
      return program
    }
  }
}
