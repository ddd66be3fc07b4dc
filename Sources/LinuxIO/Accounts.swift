internal import Glibc

/// The users and groups of the system, by name. The answers come from the name service, which may read files or ask a
/// server: ask while loading the configuration, not while packets wait.
public enum Accounts {
  /// The uid and primary gid of the user called `name`; `nil` where there is none.
  public static func user(named name: String) -> (uid: UInt32, gid: UInt32)? {
    unsafe withRoom { (room, size) in
      var entry = unsafe passwd()
      var found: UnsafeMutablePointer<passwd>?
      let code = unsafe getpwnam_r(name, &entry, room, size, &found)
      guard code != ERANGE else { return .tooSmall }
      return unsafe .answer(code == 0 && found != nil ? (entry.pw_uid, entry.pw_gid) : nil)
    }
  }

  /// The uid of the user called `name` in `/etc/passwd`, where the system's own users are; `nil` where there is none. No
  /// name service is asked, which could take long while a machine starts.
  public static func localUser(named name: String) -> UInt32? {
    guard let file = try? FileSystem.read("/etc/passwd", limit: 1 << 22) else { return nil }
    for line in file.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 3, omittingEmptySubsequences: false)
      guard fields.count == 4, fields[0].elementsEqual(name.utf8) else { continue }
      return UInt32(String(decoding: fields[2], as: UTF8.self))
    }
    return nil
  }

  /// The gid of the group called `name`; `nil` where there is none.
  public static func group(named name: String) -> UInt32? {
    unsafe withRoom { (room, size) in
      var entry = unsafe Glibc.group()
      var found: UnsafeMutablePointer<Glibc.group>?
      let code = unsafe getgrnam_r(name, &entry, room, size, &found)
      guard code != ERANGE else { return .tooSmall }
      return unsafe .answer(code == 0 && found != nil ? entry.gr_gid : nil)
    }
  }

  /// All groups of the user called `name`, `gid` among them.
  public static func groups(ofUser name: String, primary gid: UInt32) -> [UInt32] {
    var count: Int32 = 64
    while count <= 65_536 {
      var groups = [UInt32](repeating: 0, count: Int(count))
      let found = unsafe groups.withUnsafeMutableBufferPointer {
        unsafe getgrouplist(name, gid, $0.baseAddress, &count)
      }
      if found >= 0 { return Array(groups.prefix(Int(count))) }
      count = max(count, Int32(groups.count)) * 2
    }
    return [gid]
  }

  private enum Attempt<Answer> {
    case answer(Answer?)
    case tooSmall
  }

  /// Asks with more and more room until the answer fits.
  private static func withRoom<Answer>(
    _ ask: (UnsafeMutablePointer<CChar>, Int) -> Attempt<Answer>
  ) -> Answer? {
    var size = 1_024
    while size <= 1 << 20 {
      let room = UnsafeMutablePointer<CChar>.allocate(capacity: size)
      defer { unsafe room.deallocate() }
      if case .answer(let answer) = unsafe ask(room, size) { return answer }
      size *= 4
    }
    return nil
  }
}
