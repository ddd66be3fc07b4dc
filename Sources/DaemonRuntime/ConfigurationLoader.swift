public import KeepalivedConfig
internal import LinuxIO
internal import ScriptHelper

extension ConfigurationSource {
  /// What `program` reads its configuration with: the keys of the other daemon are not its affair. `identifier` is what
  /// its command line says.
  static func system(
    for program: DaemonArguments.Program, identifier: String?, users: SystemUsers = SystemUsers()
  ) -> ConfigurationSource {
    var source = system(identifier: identifier, users: users)
    source.keyFiles = [program.usesBFD ? .vrrp : .bfd]
    source.scripts = source.keyFiles
    let inspector = ScriptInspector(socket: program.usesBFD ? ScriptRunner.Origin.socketOfUnit : nil)
    source.findProgram = { inspector.findProgram($0) }
    source.scriptObjection = { users.objection(to: $0, by: inspector) }
    return source
  }

  /// The files, users and programs of this machine. `identifier` is what `@id` compares with; `nil`: the host name up
  /// to its first dot. `users` remembers which users were looked up.
  public static func system(
    identifier: String? = nil, users: SystemUsers = SystemUsers()
  ) -> ConfigurationSource {
    let host = (try? FileSystem.hostName()) ?? "localhost"
    var source = ConfigurationSource(
      identifier: identifier ?? String(host.prefix { $0 != "." }), randomSeed: (try? KernelRandom.seed()) ?? 0)
    source.readFile = { (path, limit) throws(FileProblem) in try readFile(path, limit: limit) }
    source.matchPaths = { (try? FileSystem.glob($0)) ?? [] }
    source.environment = FileSystem.environment
    let inspector = ScriptInspector(socket: nil)
    source.findProgram = { inspector.findProgram($0) }
    source.userProblem = { user in users.problem(of: user) }
    source.scriptObjection = { users.objection(to: $0, by: inspector) }
    return source
  }

  private static func readFile(_ path: String, limit: Int) throws(FileProblem) -> ConfigurationFile {
    do throws(SystemError) {
      let bytes = try FileSystem.read(path, limit: limit)
      let mode = try FileSystem.status(path)?.mode ?? 0
      return ConfigurationFile(
        bytes: bytes, isExecutable: mode & 0o111 != 0, isReadableByOthers: mode & 0o004 != 0)
    } catch {
      switch error.code {
      case .noSuchFile, .notDirectory: throw .missing
      case .isDirectory, .invalidArgument: throw .notRegular
      case .fileTooLarge: throw .tooLong
      case .permissionDenied: throw .unreadable("\(error.code)\(FileBarrier.explanation(path))")
      default: throw .unreadable("\(error.code)")
      }
    }
  }
}
