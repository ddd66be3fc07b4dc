public import ArgumentParser
public import LabKit

/// Where Baton's programs are.
struct ProgramOptions: ParsableArguments {
  @Option(
    name: .customLong("bin"),
    help: ArgumentHelp(
      "Folder with bfdd and vrrpd. Default: $BATON_BIN, else the folder of this program.", valueName: "folder"))
  var folder: String?

  func baton() throws(LabError) -> Baton { try Baton(folder: folder ?? Baton.defaultFolder) }
}

/// Whose failover it is.
struct ConfigurationOptions: ParsableArguments {
  @Option(
    name: .customLong("config"),
    help: ArgumentHelp(
      """
      A keepalived.conf for the active router. Given twice, the second is the backup's; otherwise the backup gets the \
      same with the routers' addresses exchanged and priorities lowered by 10. Default: BFD 10 ms x 3 on VRRPv2.
      """, valueName: "file"))
  var configurations: [String] = []

  @Option(
    name: .customLong("files"),
    help: ArgumentHelp(
      "A folder whose files appear in both routers' /etc/keepalived (included files, scripts).", valueName: "folder"))
  var folder: String?

  func validate() throws {
    guard configurations.count <= 2 else { throw ValidationError("--config can be given twice at most") }
  }

  func plan() throws(LabError) -> FailoverPlan {
    guard let first = configurations.first else { return .demo }
    return try FailoverPlan(
      activeFile: first, backupFile: configurations.count > 1 ? configurations[1] : nil, folder: folder)
  }
}

extension Engine: ExpressibleByArgument {}
extension Fault: ExpressibleByArgument {}
