import LinuxIO

extension FileInspector {
  /// The answers of the kernel. They may wait for a disk.
  public static var system: FileInspector {
    FileInspector(
      status: { path in
        do throws(SystemError) {
          guard let status = try FileSystem.status(path, followingLinks: false) else {
            return .failure(FileError(errno: 2))
          }
          let kind: FileStatus.Kind =
            switch status.kind {
            case .regular: .regular
            case .directory: .directory
            case .link: .link
            case .socket, .fifo, .characterDevice, .blockDevice: .other
            }
          return .success(FileStatus(kind: kind, uid: status.uid, gid: status.gid, mode: status.mode))
        } catch {
          return .failure(FileError(errno: error.code.rawValue))
        }
      },
      linkTarget: { path in
        do throws(SystemError) {
          return .success(try FileSystem.linkTarget(path))
        } catch {
          return .failure(FileError(errno: error.code.rawValue))
        }
      })
  }
}

extension UserDatabase {
  /// The answers of the name service. They may wait for a disk or a server.
  public static var system: UserDatabase {
    UserDatabase(
      user: { Accounts.user(named: $0) }, group: { Accounts.group(named: $0) },
      groups: { Accounts.groups(ofUser: $0, primary: $1) })
  }
}

extension ScriptUser {
  /// The user and group this process runs as.
  public static var own: ScriptUser {
    ScriptUser(uid: ProcessControl.effectiveUser, gid: ProcessControl.effectiveGroup)
  }
}
