public import KeepalivedConfig
public import ScriptHelper
internal import Synchronization

/// The names of a configuration's users as the numbers that scripts run with.
///
/// Each is looked up once, which can take long where users are kept on another machine. The thread that reads a
/// configuration does it, and the event loop finds the answers here.
public final class SystemUsers: Sendable {
  private struct Question: Hashable {
    let user: KeepalivedConfig.ScriptUser?
    let scriptSecurity: Bool
  }

  private let known = Mutex<[Question: Result<ScriptHelper.ScriptUser, ScriptUserError>]>([:])

  /// The users of this system, none of them looked up yet.
  public init() {}

  /// The numbers behind the names of `user`; `nil`: whom scripts run as by default.
  public func identity(
    of user: KeepalivedConfig.ScriptUser?, scriptSecurity: Bool
  ) throws(ScriptUserError) -> ScriptHelper.ScriptUser {
    // Only the default depends on it.
    let question = Question(user: user, scriptSecurity: user == nil && scriptSecurity)
    if let answer = known.withLock({ $0[question] }) { return try answer.get() }
    let answer = Result { () throws(ScriptUserError) in try lookUp(user, scriptSecurity: scriptSecurity) }
    known.withLock { $0[question] = answer }
    return try answer.get()
  }

  private func lookUp(
    _ user: KeepalivedConfig.ScriptUser?, scriptSecurity: Bool
  ) throws(ScriptUserError) -> ScriptHelper.ScriptUser {
    guard let user else {
      return try .standard(own: .root, scriptSecurity: scriptSecurity, in: .system)
    }
    return try .named(user.name, group: user.group, withSupplementaryGroups: user.supplementaryGroups, in: .system)
  }

  /// What is wrong with a user; `nil` where nothing is.
  func problem(of user: KeepalivedConfig.ScriptUser) -> String? {
    do throws(ScriptUserError) {
      _ = try identity(of: user, scriptSecurity: false)
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// What speaks against running a script; `nil` where nothing does.
  func objection(to script: ScriptToExamine, by inspector: ScriptInspector) -> ScriptObjection? {
    do throws(ScriptUserError) {
      let user = try identity(of: script.user, scriptSecurity: script.scriptSecurity)
      return inspector.objection(to: script.path, as: user).map {
        ScriptObjection($0.message, isSecurityOnly: $0.isSecurityOnly)
      }
    } catch {
      // An unknown user was reported where it is named.
      guard error == .noDefaultUser else { return nil }
      return ScriptObjection("script \(script.path): \(error)", isSecurityOnly: true)
    }
  }
}
