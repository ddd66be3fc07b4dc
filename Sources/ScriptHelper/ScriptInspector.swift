internal import LinuxIO
internal import NetPrimitives
internal import Synchronization

/// What is known about a program before it is run.
struct ScriptExamination: Hashable {
  /// Where it is; `nil` where it was not found.
  var path: String?
  /// What speaks against running it; `nil` where nothing does.
  var objection: String?
  /// Only security does.
  var isSecurityOnly = false

  /// Examines `program`, a path or a bare name, as `user` would run it, in the place and with the rights of this process.
  init(of program: String, as user: ScriptUser) {
    guard let path = program.hasPrefix("/") ? program : Self.find(program) else { return }
    self.path = path
    guard let problem = ScriptSecurity.problem(of: path, as: user, in: .system) else { return }
    objection = "\(problem)"
    isSecurityOnly = problem.isSecurityOnly
  }

  init(path: String?, objection: String?, isSecurityOnly: Bool) {
    self.path = path
    self.objection = objection
    self.isSecurityOnly = isSecurityOnly
  }

  /// The search path is fixed: what the daemon runs must not depend on who started it.
  private static func find(_ name: String) -> String? {
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].lazy
      .map { "\($0)/\(name)" }
      .first { path in
        (try? FileSystem.status(path))?.flatMap { $0.kind } == .regular && FileSystem.isExecutable(path)
      }
  }
}

/// Examines programs where they will run.
///
/// A daemon in a sandbox does not see /home, /root and folders that only root may enter, but its scripts run outside of it.
/// So it asks the process that will run them: then `-t`, a start and a reload all say what the run will find.
public final class ScriptInspector: Sendable {
  /// How long an answer may take: a helper has to be started, and the program may be on a slow disk.
  private static let patience = Interval.seconds(5)

  private let socket: String?
  private let connection = Mutex<FileDescriptor?>(nil)

  /// `socket`: behind which the service manager starts the processes that run scripts; `nil`: scripts run where this
  /// process does.
  public init(socket: String?) { self.socket = socket }

  /// Where the program called `name` is; `nil` where it is in none of the usual folders.
  public func findProgram(_ name: String) -> String? {
    // Where a name leads does not depend on the user.
    examination(of: name, as: .root)?.path
  }

  /// What speaks against running `path` as `user`, and whether only security does. `nil` where nothing does, and where
  /// nobody could be asked: then the run shows it.
  public func objection(to path: String, as user: ScriptUser) -> (message: String, isSecurityOnly: Bool)? {
    guard let examination = examination(of: path, as: user), let objection = examination.objection else { return nil }
    return (objection, examination.isSecurityOnly)
  }

  private func examination(of program: String, as user: ScriptUser) -> ScriptExamination? {
    guard let socket else { return ScriptExamination(of: program, as: user) }
    return connection.withLock { connection in
      do {
        let descriptor = try connection ?? MessageSocket.connect(to: socket).descriptor
        connection = descriptor
        return try ask(MessageSocket(descriptor), program, user)
      } catch {
        connection = nil
        return nil
      }
    }
  }

  private func ask(
    _ helper: MessageSocket, _ program: String, _ user: ScriptUser
  ) throws -> ScriptExamination? {
    guard let message = ScriptRequest.examine(program, user: user).encoded(), try helper.send(message) else {
      return nil
    }
    guard try helper.descriptor.wait(timeout: Self.patience),
      case .message(let answer) = try helper.receive(limit: scriptMessageLimit)
    else { throw MalformedMessage() }
    return try ScriptExamination(decoding: answer.span)
  }
}
