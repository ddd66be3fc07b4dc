public import KeepalivedConfig

/// The configuration that a daemon runs, and the errors of its file that it does without.
public struct AcceptedConfiguration: Sendable {
  /// The model, without what the errors leave out.
  public var configuration: Configuration
  /// The errors that concern the daemon.
  public var errors: [Diagnostic]

  /// A configuration whose file has these errors.
  public init(_ configuration: Configuration = Configuration(), errors: [Diagnostic] = []) {
    self.configuration = configuration
    self.errors = errors
  }
}

/// Whether a daemon takes a configuration: at its start as keepalived does, and then only what brings no new error.
struct ConfigurationRules {
  /// Whose blocks matter.
  let user: KeyUser
  /// `--strict`: every error counts, as with `config_strict`.
  let isStrict: Bool
  /// The file, for messages.
  let path: String

  /// Why a start with `loaded` is refused, one reason a line; none where it is not.
  func objections(toStartWith loaded: LoadedConfiguration) -> [String] {
    let errors = errors(of: loaded)
    let mayNotStay =
      isStrict || loaded.configuration.global.refusesErrors
      ? errors : errors.filter { $0.consequence == .startRefused }
    guard mayNotStay.isEmpty else { return mayNotStay.map(\.description) }
    guard loaded.hasNothing(for: user) else { return [] }
    // Nothing was to run, for all that can be seen, where no error is in a block of this daemon.
    let isNothingAtAll = loaded.hasNothing(for: .bfd) && loaded.hasNothing(for: .vrrp)
    let causes = errors.filter { $0.isIn(user) || isNothingAtAll && !$0.isIn(user == .bfd ? .vrrp : .bfd) }
    return causes.isEmpty
      ? [] : ["\(path): what can be used of the file leaves nothing to run"] + causes.map(\.description)
  }

  /// Why a reload of `loaded` is refused while `running` is in use; none where it is not. A forced one takes what a
  /// start would take.
  func objections(
    toReload loaded: LoadedConfiguration, running: AcceptedConfiguration, isForced: Bool
  ) -> [String] {
    let objections = objections(toStartWith: loaded)
    guard objections.isEmpty, !isForced else { return objections }
    guard !loaded.isEmpty else { return ["\(path): the file is empty; 'reload --force' takes it all the same"] }
    if loaded.configuration.count(for: user) == 0, running.configuration.count(for: user) > 0 {
      let what = user == .bfd ? "BFD session" : "vrrp_instance"
      return ["\(path): the file has no \(what), and there are some now; 'reload --force' takes it all the same"]
    }
    return errors(of: loaded).errors(notIn: running.errors).map(\.description)
  }

  /// The errors that concern this daemon.
  func errors(of loaded: LoadedConfiguration) -> [Diagnostic] {
    loaded.findings.filter { $0.kind == .error && $0.concerns(user) }
  }
}

extension Configuration {
  /// How many sessions or instances there are.
  fileprivate func count(for user: KeyUser) -> Int {
    switch user {
    case .bfd: bfdInstances.count + bfdUnsolicited.count + (sbfdReflector == nil ? 0 : 1)
    case .vrrp: vrrpInstances.count
    }
  }
}
