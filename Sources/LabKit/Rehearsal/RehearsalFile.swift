internal import DaemonRuntime
public import KeepalivedConfig

/// A user's keepalived.conf as it was read: every statement of it, what they mean, and what was found.
public struct RehearsalFile: Sendable {
  /// Its path, as it was given.
  public let path: String
  /// The model.
  public let configuration: Configuration
  /// The statements, includes and definitions carried out.
  public let statements: [Statement]
  /// What the parser says that is no error.
  public let remarks: [Diagnostic]

  /// Reads a file with everything it includes. Throws `.configuration` with every finding where there is an error among
  /// them or an instance that the lab has no place for, and `.file` where it cannot be read.
  ///
  /// - Parameters:
  ///   - identifier: what `@id` conditions compare with; `nil`: this machine's name.
  ///   - files: files by path that hold in place of this machine's.
  ///   - withScripts: whether scripts and their users must be there.
  public init(
    path: String, identifier: String? = nil, files: [String: String] = [:], withScripts: Bool = false
  ) throws(LabError) {
    self.path = path
    let source = Self.source(identifier: identifier, files: files, withScripts: withScripts)
    let loaded: LoadedConfiguration
    do {
      loaded = try Configuration.load(path: path, from: source)
      statements = try Configuration.statements(path: path, from: source)
    } catch { throw .file(path, reason: "\(error)") }
    guard !loaded.findings.hasErrors else {
      throw .configuration("\(path) is refused:\n" + loaded.findings.map { "  \($0)" }.joined(separator: "\n"))
    }
    configuration = loaded.configuration
    remarks = loaded.findings
    guard configuration.vrrpInstances.contains(where: { !$0.watchedAddresses.isEmpty }) else {
      throw .configuration("\(path) has no vrrp_instance with a virtual address: there is nothing to rehearse")
    }
    for instance in configuration.vrrpInstances {
      guard let vrf = instance.vrf else { continue }
      throw .configuration(
        "\(path): vrrp_instance '\(instance.name)' is in VRF \(vrf), and the lab has no VRFs")
    }
  }

  private static func source(
    identifier: String?, files: [String: String], withScripts: Bool
  ) -> ConfigurationSource {
    var source = ConfigurationSource.system(identifier: identifier)
    let (readFile, matchPaths) = (source.readFile, source.matchPaths)
    source.readFile = { (path, limit) throws(FileProblem) in
      guard let text = files[path] else { return try readFile(path, limit) }
      return ConfigurationFile(bytes: [UInt8](text.utf8))
    }
    source.matchPaths = { pattern in files[pattern] == nil ? matchPaths(pattern) : [pattern] }
    guard !withScripts else { return source }
    // Stand-ins run in place of scripts: it does not matter whether this machine has these.
    source.userProblem = { _ in nil }
    source.scriptObjection = { _ in nil }
    source.findProgram = { "/usr/bin/\($0)" }
    return source
  }
}

extension VRRPInstance {
  /// Every address that moves with the instance.
  var watchedAddresses: [AddressEntry] { virtualAddresses + excludedAddresses }
}

extension Configuration {
  /// The model of a text in memory; throws `.configuration` with the findings where it has errors.
  static func rehearsed(_ text: String, as path: String) throws(LabError) -> Configuration {
    var source = ConfigurationSource(identifier: "lab", randomSeed: 1)
    source.readFile = { (_, _) throws(FileProblem) in ConfigurationFile(bytes: [UInt8](text.utf8)) }
    source.findProgram = { "/usr/bin/\($0)" }
    source.keyFiles = []
    let loaded: LoadedConfiguration
    do { loaded = try Configuration.load(path: path, from: source) } catch { throw .file(path, reason: "\(error)") }
    guard !loaded.findings.hasErrors else {
      let findings = loaded.findings.filter { $0.kind == .error }.map { "  \($0)" }.joined(separator: "\n")
      throw .configuration("what the lab made of \(path) is refused; please report this:\n\(findings)\n\(text)")
    }
    return loaded.configuration
  }
}
