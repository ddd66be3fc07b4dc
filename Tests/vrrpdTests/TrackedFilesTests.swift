@testable import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives
import Testing

@testable import vrrpd

@Suite("Numbers in files") struct FileNumberTests {
  @Test(arguments: [
    ("5", 5), ("5\n", 5), (" \t\n-7 apples", -7), ("+3", 3), ("0x10", 16), ("0XfF", 255), ("0x", 0), ("0xg", 0),
    ("010", 8), ("-010", -8), ("08", 0), ("0", 0), ("", 0), ("-", 0), ("- 5", 0), ("up", 0), ("12a", 12), ("1e3", 1),
    ("9223372036854775807", Int.max), ("9223372036854775808", Int.max), ("-9223372036854775808", Int.min),
    ("-99999999999999999999", Int.min), ("0xffffffffffffffffff", Int.max),
  ])
  func asStrtol(text: String, number: Int) {
    #expect(FileNumber.parse(Array(text.utf8)) == number)
  }
}

@Suite("Tracked files", .timeLimit(.minutes(1))) struct TrackedFilesTests {
  private final class Idle: EventLoopDriver {
    var nextDeadline: Instant? { nil }
    func deadlinesReached(at now: Instant) {}
  }

  private let loop: EventLoop
  private let files: TrackedFiles
  private let directory: String

  init() throws {
    loop = try EventLoop()
    files = TrackedFiles(loop: loop, logger: Logger(label: "test"))
    directory = "/tmp/baton-files-\(try KernelRandom.seed())"
    try FileSystem.makeDirectory(directory, mode: 0o700)
  }

  private func file(_ name: String = "f", _ path: String = "number", initial: Int? = nil, overwrites: Bool = false)
    -> TrackFile
  {
    var file = TrackFile(name: name, path: "\(directory)/\(path)", location: somewhere)
    file.initialValue = initial
    file.overwrites = overwrites
    return file
  }

  private func write(_ text: String, to path: String = "number") throws {
    try FileSystem.create("\(directory)/\(path)", with: Array(text.utf8), overwriting: true)
  }

  private func wait(for value: Int, in name: String = "f") throws {
    while files.value(name) != value { try loop.runTurn(Idle()) }
  }

  @Test("the number is known at once, and again after every kind of change")
  func changes() throws {
    try write("7")
    files.replace(with: [file()])
    #expect(files.value("f") == 7)
    var told: [Int] = []
    files.onChange = { told.append($1) }
    try write("0x20")
    try wait(for: 32)
    try FileSystem.replace("\(directory)/number", with: Array("-3".utf8))
    try wait(for: -3)
    try FileSystem.remove("\(directory)/number")
    try wait(for: 0)
    try write("9")
    try wait(for: 9)
    #expect(told == [32, -3, 0, 9])
  }

  @Test("a missing file and what is no number count as 0")
  func zero() throws {
    try write("none", to: "words")
    try write(String(repeating: " ", count: 5_000) + "1", to: "long")
    try FileSystem.makeDirectory("\(directory)/folder", mode: 0o700)
    files.replace(with: ["missing", "words", "long", "folder"].map { file($0, $0) })
    for name in ["missing", "words", "long", "folder"] { #expect(files.value(name) == 0) }
    #expect(files.value("unheard") == nil)
  }

  @Test("a directory that appears later is watched from then on")
  func laterDirectory() throws {
    files.replace(with: [file("f", "later/number")])
    #expect(files.value("f") == 0)
    try FileSystem.makeDirectory("\(directory)/later", mode: 0o700)
    try write("4", to: "later/number")
    try wait(for: 4)
    try write("5", to: "later/number")
    try wait(for: 5)
  }

  @Test("init_file makes a missing file, and writes one that is there only with overwrite")
  func initialFile() throws {
    try write("7", to: "kept")
    try write("7", to: "overwritten")
    files.replace(with: [
      file("made", "made", initial: 3), file("kept", "kept", initial: 3),
      file("overwritten", "overwritten", initial: 3, overwrites: true),
    ])
    #expect(["made", "kept", "overwritten"].map { files.value($0) } == [3, 7, 3])
  }

  @Test("a reload does not write a file again that is watched already, and forgets one that is gone")
  func reload() throws {
    let first = file("f", "number", initial: 3, overwrites: true)
    files.replace(with: [first])
    try write("8")
    try wait(for: 8)
    files.replace(with: [first, file("g", "other")])
    #expect(files.value("f") == 8)
    #expect(files.value("g") == 0)
    files.replace(with: [file("g", "other")])
    #expect(files.value("f") == nil)
    try write("2", to: "other")
    try wait(for: 2, in: "g")
  }
}
