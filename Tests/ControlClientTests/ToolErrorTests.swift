import ControlClient
import ControlInterface
import LinuxIO
import NetPrimitives
import Testing
import Varlink

@Suite struct ToolErrorTests {
  @Test func `exit statuses`() {
    #expect(ToolError.unreachable(path: "/x", reason: "y").exitStatus == 3)
    #expect(ToolError.refused(.noSuchSession("a")).exitStatus == 1)
    #expect(ToolError.impossible("x").exitStatus == 1)
  }

  @Test func `errors in words`() {
    func text(_ error: VarlinkError) -> String { ToolError.refused(error).text(daemon: "bfdd") }
    #expect(text(.noSuchSession("a")) == "no session is called 'a'")
    #expect(text(.noSuchInstance("a")) == "no instance is called 'a'")
    #expect(text(.notMaster("a")) == "'a' is not master here, there is nothing to hand over")
    #expect(text(.permissionDenied) == "permission denied: only root and bfdd's own user may change anything")
    #expect(text(.methodNotFound("a.B")) == "this bfdd cannot do that (org.varlink.service.MethodNotFound)")
    #expect(text(VarlinkError(name: "a.Odd", parameters: ["y": "2", "x": "1"])) == "bfdd refused: a.Odd x=1 y=2")
    #expect(
      ToolError.unreachable(path: "/s", reason: "r").text(daemon: "bfdd") == "bfdd does not answer at /s: r")
  }

  @Test func `no socket, and a socket nobody listens at`() throws {
    #expect(throws: ToolError.unreachable(path: "/nonexistent/x", reason: "there is no such socket")) {
      try DaemonClient(path: "/nonexistent/x")
    }
    let path = "/tmp/baton-client-\(try KernelRandom.seed())"
    var listener: StreamListener? = try StreamListener(path: path)
    #expect(listener != nil)
    listener = nil
    #expect(throws: ToolError.unreachable(path: path, reason: "nobody listens there")) { try DaemonClient(path: path) }
    try FileSystem.remove(path)
  }

  @Test func `a call over a socket, and a daemon that hangs up`() throws {
    let path = "/tmp/baton-client-\(try KernelRandom.seed())"
    let listener = try StreamListener(path: path)
    let client = try DaemonClient(path: path)
    var server: StreamConnection? = try listener.accept()
    // The answer waits in the socket before the question is asked: one thread plays both ends.
    _ = try server?.write((Array(#"{"parameters":{"session":null}}"#.utf8) + [0]).span)
    #expect(throws: ToolError.unreachable(path: path, reason: "the answer is none this version understands")) {
      try client.call("dev.baton.bfd.Get", as: SessionReply.self)
    }
    _ = try server?.write(
      (Array(#"{"error":"dev.baton.bfd.NoSuchSession","parameters":{"name":"x"}}"#.utf8) + [0]).span)
    #expect(throws: ToolError.refused(.noSuchSession("x"))) {
      try client.call("dev.baton.bfd.Get", as: SessionReply.self)
    }
    server = nil
    #expect(throws: ToolError.unreachable(path: path, reason: "it closed the connection")) {
      try client.call("dev.baton.bfd.Get", as: SessionReply.self)
    }
    listener.removeFile()
  }
}
