import DaemonRuntime
import KeepalivedConfig
import LinuxIO
import Logging
import ScriptHelper

/// Gives the scripts of a configuration their users.
struct ScriptCommands {
  let users = SystemUsers()
  let scriptSecurity: Bool
  let fileMask: UInt32
  let logger: Logger

  /// The command with its user looked up; `nil`, and a line in the log, where it cannot run. Only root can run it as
  /// somebody else: without root it runs as this process's own user.
  func command(_ command: KeepalivedConfig.ScriptCommand) -> ScriptHelper.ScriptCommand? {
    guard !command.isDisabled else { return nil }
    guard ProcessControl.effectiveUser == 0 else {
      if let user = command.user {
        logger.notice("\(command.location): this is not root, so the script runs as its own user, not as \(user.name)")
      }
      let own = ScriptHelper.ScriptUser(uid: ProcessControl.effectiveUser, gid: ProcessControl.effectiveGroup)
      return made(command, own)
    }
    do throws(ScriptUserError) {
      let user = try users.identity(of: command.user, scriptSecurity: scriptSecurity)
      return made(command, user)
    } catch {
      logger.error("\(command.location): script \(command.arguments.first ?? "") will not run: \(error)")
      return nil
    }
  }

  private func made(
    _ command: KeepalivedConfig.ScriptCommand, _ user: ScriptHelper.ScriptUser
  ) -> ScriptHelper.ScriptCommand {
    var wanted = ScriptHelper.ScriptCommand(command.arguments, user: user, timeout: SessionNotifications.timeout)
    wanted.isSecured = scriptSecurity
    wanted.fileMask = fileMask
    return wanted
  }
}
