public import KeepalivedConfig
internal import LinuxIO
public import ScriptHelper

/// The users and groups of /etc/passwd and /etc/group, read when a configuration is loaded.
///
/// The files, not the C library's name service: a statically linked daemon has none, and a directory server that does
/// not answer must not stop a reload.
public struct SystemUsers: Sendable {
  private let users: [String: (uid: UInt32, gid: UInt32)]
  private let groups: [String: UInt32]
  private let members: [String: [UInt32]]

  /// Reads both files; one that cannot be read holds nobody.
  public init() {
    var users: [String: (uid: UInt32, gid: UInt32)] = [:]
    for fields in Self.lines("/etc/passwd") where fields.count >= 4 {
      guard let uid = UInt32(fields[2]), let gid = UInt32(fields[3]) else { continue }
      users[fields[0]] = (uid, gid)
    }
    var groups: [String: UInt32] = [:]
    var members: [String: [UInt32]] = [:]
    for fields in Self.lines("/etc/group") where fields.count >= 4 {
      guard let gid = UInt32(fields[2]) else { continue }
      groups[fields[0]] = gid
      for member in fields[3].split(separator: ",") { members[String(member), default: []].append(gid) }
    }
    self.users = users
    self.groups = groups
    self.members = members
  }

  private static func lines(_ path: String) -> [[String]] {
    let bytes = (try? FileSystem.read(path, limit: 16 << 20)) ?? []
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
      line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    }
  }

  private var database: UserDatabase {
    UserDatabase(
      user: { users[$0] }, group: { groups[$0] },
      groups: { name, gid in [gid] + (members[name] ?? []).filter { $0 != gid } })
  }

  /// The numbers behind the names of `user`; `nil`: whom scripts run as by default.
  public func identity(
    of user: KeepalivedConfig.ScriptUser?, scriptSecurity: Bool
  ) throws(ScriptUserError) -> ScriptHelper.ScriptUser {
    guard let user else {
      return try .standard(own: .root, scriptSecurity: scriptSecurity, in: database)
    }
    return try .named(
      user.name, group: user.group, withSupplementaryGroups: user.supplementaryGroups, in: database)
  }

  func problem(of user: KeepalivedConfig.ScriptUser) -> String? {
    do throws(ScriptUserError) {
      _ = try identity(of: user, scriptSecurity: false)
      return nil
    } catch {
      return "\(error)"
    }
  }

  func objection(to script: ScriptToExamine) -> ScriptObjection? {
    do throws(ScriptUserError) {
      let user = try identity(of: script.user, scriptSecurity: script.scriptSecurity)
      return ScriptSecurity.problem(of: script.path, as: user, in: .system).map {
        ScriptObjection("\($0)", isSecurityOnly: $0.isSecurityOnly)
      }
    } catch {
      // An unknown user was reported where it is named.
      guard error == .noDefaultUser else { return nil }
      return ScriptObjection("script \(script.path): \(error)", isSecurityOnly: true)
    }
  }
}

extension FileInspector {
  /// Asks the kernel.
  fileprivate static var system: FileInspector {
    FileInspector(
      status: { path in
        do throws(SystemError) {
          guard let status = try LinuxIO.FileSystem.status(path) else { return .failure(FileError(errno: 2)) }
          let kind: FileStatus.Kind =
            switch status.kind {
            case .regular: .regular
            case .directory: .directory
            default: .other
            }
          return .success(FileStatus(kind: kind, uid: status.uid, gid: status.gid, mode: status.mode))
        } catch {
          return .failure(FileError(errno: error.code.rawValue))
        }
      },
      realPath: { try? FileSystem.realPath($0) })
  }
}
