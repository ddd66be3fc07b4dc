import LinuxIO
import Logging
import NetPrimitives
import Testing

@testable import vrrpd

@Suite("Notification pipes") struct NotificationPipesTests {
  private let directory: String
  private let pipes = NotificationPipes(logger: Logger(label: "test"))

  init() throws {
    directory = "/tmp/baton-pipes-\(try KernelRandom.seed())"
    try FileSystem.makeDirectory(directory, mode: 0o700)
  }

  private func wanted(_ name: String = "fifo", uid: UInt32? = nil, gid: UInt32? = nil) -> NotificationPipes.Wanted {
    NotificationPipes.Wanted(path: "\(directory)/\(name)", uid: uid, gid: gid)
  }

  /// A reader, as a script would be one.
  private func reader(_ name: String = "fifo") throws -> FileDescriptor {
    try FileDescriptor.reading(pipe: "\(directory)/\(name)")
  }

  private func text(_ reader: FileDescriptor) throws -> String {
    var bytes: [UInt8] = []
    while case .bytes = try reader.read(into: &bytes, limit: 4_096) {}
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test("every pipe gets keepalived's lines, also those written before it is read")
  func lines() throws {
    pipes.replace(with: [wanted("a"), wanted("b")])
    let a = try reader("a")
    pipes.write("MASTER", type: .instance, name: "VI_1", priority: 100)
    pipes.write("BACKUP", type: .group, name: "G1", priority: 0)
    let expected = "INSTANCE \"VI_1\" MASTER 100\nGROUP \"G1\" BACKUP 0\n"
    #expect(try text(a) == expected)
    #expect(try text(reader("b")) == expected)
    pipes.close()
  }

  @Test("a pipe that is made has its mode, whatever the umask, and is removed at the end")
  func madeAndRemoved() throws {
    let owner = try #require(try FileSystem.status(directory)).uid
    var pipe = wanted(uid: owner)
    pipe.mode = 0o646
    pipes.replace(with: [pipe])
    let status = try #require(try FileSystem.status(wanted().path))
    #expect(status.kind == .fifo && status.mode == 0o646 && status.uid == owner)
    let reader = try reader()
    pipes.write("STOP", type: .instance, name: "V", priority: 1)
    pipes.close()
    #expect(try FileSystem.status(wanted().path) == nil)
    #expect(try text(reader) == "INSTANCE \"V\" STOP 1\n")
    var rest: [UInt8] = []
    #expect(try reader.read(into: &rest, limit: 1) == .endOfStream)
  }

  @Test("a pipe stays open over a reload that wants it again; one that is not wanted goes")
  func reload() throws {
    pipes.replace(with: [wanted("kept"), wanted("gone")])
    let before = try #require(try FileSystem.status(wanted("kept").path))
    let kept = try reader("kept")
    pipes.replace(with: [wanted("kept"), wanted("new")])
    #expect(try FileSystem.status(wanted("kept").path) == before)
    #expect(try FileSystem.status(wanted("gone").path) == nil)
    pipes.write("FAULT", type: .instance, name: "V", priority: 9)
    #expect(try text(kept) == "INSTANCE \"V\" FAULT 9\n")
    pipes.close()
  }

  @Test("a pipe that was there is used as it is, and not removed")
  func foreignPipe() throws {
    let other = NotificationPipes(logger: Logger(label: "test"))
    other.replace(with: [wanted()])
    pipes.replace(with: [wanted()])
    pipes.write("MASTER", type: .instance, name: "V", priority: 1)
    #expect(try text(reader()) == "INSTANCE \"V\" MASTER 1\n")
    pipes.close()
    #expect(try FileSystem.status(wanted().path)?.kind == .fifo)
    other.close()
  }

  @Test("what is no pipe is not written to, and not removed")
  func noPipe() throws {
    try FileSystem.create(wanted().path, with: [1], overwriting: false)
    pipes.replace(with: [wanted()])
    pipes.write("MASTER", type: .instance, name: "V", priority: 1)
    pipes.close()
    #expect(try FileSystem.read(wanted().path, limit: 100) == [1])
  }

  @Test("a full pipe loses lines, which are counted, and takes lines again once it is read")
  func full() throws {
    pipes.replace(with: [wanted()])
    let reader = try reader()
    while pipes.lostLines < 3 { pipes.write("MASTER", type: .instance, name: "V", priority: 1) }
    let kept = try text(reader)
    #expect(kept.hasSuffix("MASTER 1\n"))
    #expect(kept.utf8.count > 1_000)
    pipes.write("BACKUP", type: .instance, name: "V", priority: 1)
    #expect(try text(reader) == "INSTANCE \"V\" BACKUP 1\n")
    #expect(pipes.lostLines == 3)
    pipes.write(String(repeating: "x", count: 5_000), type: .instance, name: "V", priority: 1)
    #expect(pipes.lostLines == 4)
    pipes.close()
  }
}
