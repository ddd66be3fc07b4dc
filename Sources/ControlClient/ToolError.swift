public import Varlink

/// Why a tool could not do what it was asked to: one line for the operator, and an exit status.
public enum ToolError: Error, Equatable, Sendable {
  /// There is no daemon to talk to at `path`.
  case unreachable(path: String, reason: String)
  /// The daemon answered with an error.
  case refused(VarlinkError)
  /// The tool itself cannot do it here.
  case impossible(String)

  /// The exit status: 3 where there is no daemon to talk to, else 1.
  public var exitStatus: Int32 {
    if case .unreachable = self { 3 } else { 1 }
  }

  /// What went wrong, for the operator of `daemon`.
  public func text(daemon: String) -> String {
    switch self {
    case .unreachable(let path, let reason): "\(daemon) does not answer at \(path): \(reason)"
    case .impossible(let reason): reason
    case .refused(let error): Self.text(error, daemon: daemon)
    }
  }

  private static func text(_ error: VarlinkError, daemon: String) -> String {
    let name = error.parameters["name"] ?? ""
    switch error.name.split(separator: ".").last {
    case "NoSuchSession": return "no session is called '\(name)'"
    case "NoSuchInstance": return "no instance is called '\(name)'"
    case "NotUp": return "'\(name)' is not up with a neighbor that could answer"
    case "NotMaster": return "'\(name)' is not master here, there is nothing to hand over"
    case "PermissionDenied": return "permission denied: only root and \(daemon)'s own user may change anything"
    case "MethodNotImplemented", "MethodNotFound": return "this \(daemon) cannot do that (\(error.name))"
    case "ReloadRefused":
      let reason = error.parameters["reason"] ?? ""
      return "the configuration has errors, \(daemon) goes on with the old one\n\(reason)"
    default:
      let details = error.parameters.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
      return "\(daemon) refused: \(error.name)\(details)"
    }
  }
}
