import Glibc
import NetPrimitives
import Testing

@testable import LinuxIO

/// Files in places where others can write.
@Suite("Files that others may have touched", .timeLimit(.minutes(1)))
final class FileContentsTests {
  private let folder: String
  private var path: String { folder + "/state" }
  private var temporary: String { path + ".new" }

  init() throws {
    folder = "/tmp/baton-files-\(try KernelRandom.seed())"
    try FileSystem.makeDirectory(folder, mode: 0o700)
  }

  deinit {
    for name in names { _ = unsafe unlink("\(folder)/\(name)") }
    _ = unsafe rmdir(folder)
  }

  private var names: [String] {
    (try? FileSystem.glob(folder + "/*"))?.map { String($0.split(separator: "/").last ?? "") } ?? []
  }
  private func text(_ path: String) throws -> String {
    String(decoding: try FileSystem.read(path, limit: 100), as: UTF8.self)
  }

  private enum Obstacle: CaseIterable { case file, link, danglingLink, fifo, socket }

  /// Puts something at `path` before we get there.
  private func put(_ obstacle: Obstacle, at path: String) throws {
    switch obstacle {
    case .file: try FileSystem.create(path, with: Array("theirs".utf8), overwriting: false)
    case .link:
      try FileSystem.create(folder + "/victim", with: Array("victim".utf8), overwriting: false)
      #expect(unsafe symlink(folder + "/victim", path) == 0)
    case .danglingLink: #expect(unsafe symlink(folder + "/victim", path) == 0)
    case .fifo: #expect(unsafe mkfifo(path, 0o666) == 0)
    case .socket: _ = try StreamListener(path: path)
    }
  }

  @Test("Replacing a file neither follows, opens nor keeps what is in its way", arguments: Obstacle.allCases)
  private func replace(_ obstacle: Obstacle) throws {
    try put(obstacle, at: temporary)
    try FileSystem.replace(path, with: Array("ours".utf8))
    #expect(try text(path) == "ours")
    #expect(try FileSystem.status(path, followingLinks: false)?.mode == 0o600)
    #expect(!names.contains("state.new"))
    if obstacle == .link { #expect(try text(folder + "/victim") == "victim") }
    if obstacle == .danglingLink { #expect(!names.contains("victim")) }
  }

  @Test("What stands at the path itself is replaced, not written through", arguments: Obstacle.allCases)
  private func replaceInPlace(_ obstacle: Obstacle) throws {
    try put(obstacle, at: path)
    try FileSystem.replace(path, with: Array("ours".utf8))
    #expect(try FileSystem.status(path, followingLinks: false)?.kind == .regular)
    #expect(try text(path) == "ours")
    if obstacle == .link { #expect(try text(folder + "/victim") == "victim") }
  }

  @Test("A directory in the way is an error, and leaves nothing")
  func directoryInTheWay() throws {
    try FileSystem.makeDirectory(path, mode: 0o700)
    #expect(throws: SystemError.self) { try FileSystem.replace(path, with: [1]) }
    #expect(names == ["state"])
    _ = unsafe rmdir(path)
  }

  @Test("Creating makes a file only where there is nothing", arguments: Obstacle.allCases)
  private func create(_ obstacle: Obstacle) throws {
    try put(obstacle, at: path)
    #expect(throws: SystemError("open", .exists)) {
      try FileSystem.create(path, with: Array("ours".utf8), overwriting: false)
    }
    if obstacle == .file {
      try FileSystem.create(path, with: Array("ours".utf8), overwriting: true)
      #expect(try text(path) == "ours")
    } else {
      #expect(throws: SystemError.self) { try FileSystem.create(path, with: Array("ours".utf8), overwriting: true) }
    }
    if obstacle == .link { #expect(try text(folder + "/victim") == "victim") }
    if obstacle == .danglingLink { #expect(!names.contains("victim")) }
  }

  @Test("A full disk leaves the old file and no other")
  func fullDisk() throws {
    #expect(unsafe mount("none", folder, "tmpfs", 0, "size=64k") == 0)
    defer { _ = unsafe umount2(folder, Int32(MNT_DETACH)) }
    try FileSystem.replace(path, with: Array("old".utf8))
    let tooMuch = [UInt8](repeating: UInt8(ascii: "x"), count: 200_000)
    #expect(throws: SystemError("write", .noSpace)) { try FileSystem.replace(path, with: tooMuch) }
    #expect(throws: SystemError("write", .noSpace)) {
      try FileSystem.create(folder + "/other", with: tooMuch, overwriting: true)
    }
    #expect(names == ["state"])
    #expect(try text(path) == "old")
    // There is room again: what failed has left nothing.
    try FileSystem.replace(path, with: Array("new".utf8))
    #expect(try text(path) == "new")
  }

  @Test("What this program wrote is read from nobody else, and through no link")
  func trusted() throws {
    try FileSystem.replace(path, with: Array("ours".utf8))
    #expect(try FileSystem.read(path, limit: 10, from: .trusted) == Array("ours".utf8))
    #expect(unsafe chown(path, 12_345, 12_345) == 0)
    #expect(throws: SystemError("read", .notPermitted)) { try FileSystem.read(path, limit: 10, from: .trusted) }
    #expect(unsafe symlink(path, temporary) == 0)
    #expect(throws: SystemError("open", .tooManyLinks)) { try FileSystem.read(temporary, limit: 10, from: .trusted) }
    #expect(try FileSystem.read(temporary, limit: 10) == Array("ours".utf8))
  }

  @Test("A file whose end would have to be waited for is an error, not a short file")
  func endlessFile() {
    #expect(throws: SystemError("read", .wouldBlock)) { try FileSystem.read("/proc/kmsg", limit: 1 << 24) }
  }

  @Test("A stop removes the socket that was made, and nothing else")
  func socketFile() throws {
    let first = try StreamListener(path: path)
    first.removeFile()
    #expect(names == [])
    for obstacle in Obstacle.allCases where obstacle != .danglingLink {
      let listener = try StreamListener(path: path)
      try FileSystem.remove(path)
      try put(obstacle, at: path)
      listener.removeFile()
      #expect(names.contains("state"), "\(obstacle)")
      for name in names { try FileSystem.remove("\(folder)/\(name)") }
    }
  }
}
