/// What reading a configuration file gives: the model and everything found on the way.
public struct LoadedConfiguration: Sendable {
  /// The model of what can be used: whatever an error's consequence leaves out is not in it.
  public var configuration: Configuration
  /// All findings, in file order; files in the order in which they were first read.
  public var findings: [Diagnostic]
  /// Whether the file has no byte in it.
  public var isEmpty = false

  /// Whether there is nothing in it for a daemon to do.
  public func hasNothing(for user: KeyUser) -> Bool {
    switch user {
    case .bfd:
      configuration.bfdInstances.isEmpty && configuration.bfdUnsolicited.isEmpty && configuration.sbfdReflector == nil
    case .vrrp:
      configuration.vrrpInstances.isEmpty && configuration.staticAddresses.isEmpty
        && configuration.staticRoutes.isEmpty && configuration.staticRules.isEmpty
    }
  }
}

extension Configuration {
  /// Reads the configuration at `path` with everything it includes, and checks it.
  ///
  /// Throws only where the file itself cannot be read (`-t` exits 4); every other problem is a finding.
  public static func load(path: String, from source: ConfigurationSource) throws(FileProblem) -> LoadedConfiguration {
    try load(path: path, from: source, limits: Limits())
  }

  static func load(
    path: String, from source: ConfigurationSource, limits: Limits
  ) throws(FileProblem) -> LoadedConfiguration {
    let file = try source.readFile(path, limits.fileBytes)
    let findings = Findings(limit: limits.findings)
    var preprocessor = Preprocessor(source: source, findings: findings, limits: limits)
    preprocessor.read(file, path: path)
    var resolver = Resolver(root: preprocessor.builder.finish(), source: source, findings: findings)
    return LoadedConfiguration(
      configuration: resolver.resolve(), findings: findings.sorted, isEmpty: file.bytes.isEmpty)
  }
}
