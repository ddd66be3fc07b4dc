internal import CLinux
internal import Glibc

/// Reports what happens to the entries of directories (inotify): sockets that appear, files that change.
public final class DirectoryWatch {
  /// One observation.
  public enum Event: Hashable, Sendable {
    /// The entry `name` of `directory` appeared, changed its content or attributes, or was moved in.
    case changed(directory: String, name: String)
    /// The entry `name` of `directory` was deleted or moved away.
    case removed(directory: String, name: String)
    /// `directory` itself is gone; it is no longer watched.
    case directoryGone(String)
    /// Observations were lost: look at everything again.
    case overflow
  }

  /// For `EventLoop.watch`.
  public let descriptor: FileDescriptor
  private var directories: [Int32: String] = [:]

  /// Watches nothing yet.
  public init() throws(SystemError) {
    descriptor = FileDescriptor(
      owning: try check("inotify_init1") { inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC)) })
  }

  /// Starts to watch the directory `path`. `noSuchFile` where it does not exist.
  public func add(_ path: String) throws(SystemError) {
    let mask = UInt32(
      IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF
        | IN_ONLYDIR)
    let number = try check("inotify_add_watch") { unsafe inotify_add_watch(descriptor.rawValue, path, mask) }
    directories[number] = path
  }

  /// Stops watching `path`.
  public func remove(_ path: String) {
    for (number, directory) in directories where directory == path {
      inotify_rm_watch(descriptor.rawValue, number)
      directories[number] = nil
    }
  }

  /// The observations since the last call, at most about a hundred.
  public func read() throws(SystemError) -> [Event] {
    var buffer: [UInt8] = []
    guard case .bytes = try descriptor.read(into: &buffer, limit: 16384) else { return [] }
    var events: [Event] = []
    var offset = 0
    let size = MemoryLayout<inotify_event>.size
    while offset + size <= buffer.count {
      let header = unsafe buffer.withUnsafeBytes {
        unsafe (
          $0.loadUnaligned(fromByteOffset: offset, as: Int32.self),
          $0.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self),
          Int($0.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
        )
      }
      let (number, mask, length) = header
      let name = buffer[(offset + size)..<min(buffer.count, offset + size + length)].prefix { $0 != 0 }
      if let event = event(number, mask, String(decoding: name, as: UTF8.self)) { events.append(event) }
      offset += size + length
    }
    return events
  }

  private func event(_ number: Int32, _ mask: UInt32, _ name: String) -> Event? {
    func has(_ bits: Int) -> Bool { mask & UInt32(bits) != 0 }
    if has(Int(IN_Q_OVERFLOW)) { return .overflow }
    guard let directory = directories[number] else { return nil }
    if has(Int(IN_DELETE_SELF) | Int(IN_MOVE_SELF) | Int(IN_IGNORED)) {
      directories[number] = nil
      return .directoryGone(directory)
    }
    guard !name.isEmpty else { return nil }
    if has(Int(IN_DELETE) | Int(IN_MOVED_FROM)) { return .removed(directory: directory, name: name) }
    return .changed(directory: directory, name: name)
  }
}
