internal import FoundationEssentials

/// The few file operations of the lab, with its errors.
enum Files {
  static func makeFolder(_ path: String) throws(LabError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch { throw .file(path, reason: "cannot be made: \(error)") }
  }

  static func write(_ text: String, to path: String, mode: Int = 0o644) throws(LabError) {
    try makeFolder(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
    try write(Data(text.utf8), to: path)
    do {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    } catch { throw .file(path, reason: "mode cannot be set: \(error)") }
  }

  static func write(_ data: Data, to path: String) throws(LabError) {
    do { try data.write(to: URL(filePath: path)) } catch { throw .file(path, reason: "cannot be written: \(error)") }
  }

  /// The file's text, or `nil` where it cannot be read.
  static func read(_ path: String) -> String? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    return String(decoding: data, as: UTF8.self)
  }

  /// The file's text.
  static func text(of path: String) throws(LabError) -> String {
    guard let text = read(path) else { throw .file(path, reason: "cannot be read") }
    return text
  }

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  static func isProgram(_ path: String) -> Bool { FileManager.default.isExecutableFile(atPath: path) }

  /// The path of the running program.
  static var ownProgram: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "."
  }

  static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

  /// The names in the folder, sorted; none where it does not exist.
  static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  /// The paths of all files below the folder, relative to it.
  static func namesBelow(_ folder: String) -> [String] {
    var result: [String] = []
    for name in names(in: folder) {
      let below = names(in: "\(folder)/\(name)")
      if below.isEmpty {
        result.append(name)
      } else {
        result += namesBelow("\(folder)/\(name)").map { "\(name)/\($0)" }
      }
    }
    return result
  }

  /// The last `count` lines of the file, for an error message.
  static func tail(_ path: String, lines count: Int = 15) -> String {
    (read(path) ?? "").split(separator: "\n").suffix(count).joined(separator: "\n")
  }
}
