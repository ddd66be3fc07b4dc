import ArgumentParser
import LabKit

struct Rehearse: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Play faults to your own keepalived.conf and see what becomes of each address.",
    discussion: """
      Rebuilds the interfaces and addresses of the file in network namespaces, runs two routers in them and breaks the \
      active one in one way after the other. One FILE is enough: the other router is derived from it. Check and notify \
      scripts are not run, stand-ins take their places. Exits with 1 unless every fault ended with exactly one router \
      for each address.
      """)

  @Argument(help: ArgumentHelp("A keepalived.conf.", valueName: "file"))
  var file: String

  @Argument(help: ArgumentHelp("The other router's keepalived.conf.", valueName: "file2"))
  var secondFile: String?

  @Option(
    name: .customLong("fault"),
    help: ArgumentHelp(
      """
      Play only this; repeatable: \(RehearsalFault.names.joined(separator: ", ")), check:NAME, unplug:INTERFACE. \
      Default: all.
      """, valueName: "fault"))
  var faults: [String] = []

  @Option(
    name: .customLong("router"), help: "Who runs the file: baton or keepalived. Repeatable, to compare.")
  var engines: [Engine] = [.baton]

  @Flag(help: "Run the file's check and notify scripts.")
  var withScripts = false

  @Option(
    name: .customLong("id"),
    help: ArgumentHelp(
      "The name that @NAME conditions in the file compare with. Given twice, the second is for the other router.",
      valueName: "name"))
  var identifiers: [String] = []

  @Option(
    name: .customLong("files"),
    help: ArgumentHelp(
      "A folder whose files appear in both routers' /etc/keepalived (included files, scripts).", valueName: "folder"))
  var folder: String?

  @Flag(help: "Print everything as JSON, times in microseconds after the fault.")
  var json = false

  @Option(help: ArgumentHelp("Draw the timeline of every fault to this file.", valueName: "file"))
  var svg: String?

  @OptionGroup var programs: ProgramOptions

  func validate() throws {
    guard identifiers.count <= 2 else { throw ValidationError("--id can be given twice at most") }
  }

  func run() throws {
    try BatonLab.perform { () throws(LabError) in
      let plan = try plan()
      let faults = try RehearsalFault.faults(named: faults, for: plan)
      let baton = engines.contains(.baton) ? try programs.baton() : nil
      if !json { Session.say(RehearsalReport.introduction(plan)) }
      var runs: [RehearsalRun] = []
      for engine in engines { runs.append(try rehearse(plan, faults, engine, baton)) }
      if json {
        Session.say(try RehearsalReport.json(plan, runs))
      } else {
        Session.say(RehearsalReport.summary(runs))
      }
      if let svg { try RehearsalDrawing(plan, runs).write(to: svg) }
      guard runs.allSatisfy(\.isGood) else { throw .endedBadly }
    }
  }

  private func plan() throws(LabError) -> RehearsalPlan {
    let files = try folder.map { folder throws(LabError) in try Host.keepalivedFiles(from: folder) } ?? [:]
    let first = try RehearsalFile(
      path: file, identifier: identifiers.first, files: files, withScripts: withScripts)
    // Two names for one file: it has conditions for both routers.
    var second: RehearsalFile?
    if secondFile != nil || identifiers.count > 1 {
      second = try RehearsalFile(
        path: secondFile ?? file, identifier: identifiers.last, files: files, withScripts: withScripts)
    }
    return try RehearsalPlan(first, second, files: files, withScripts: withScripts)
  }

  private func rehearse(
    _ plan: RehearsalPlan, _ faults: [RehearsalFault], _ engine: Engine, _ baton: Baton?
  ) throws(LabError) -> RehearsalRun {
    let rehearsal = try Rehearsal(plan, engine: engine, baton: baton)
    defer { rehearsal.lab.destroy() }
    if !json { Session.say("\(engine.rawValue): waiting until the routers are at rest ...") }
    try rehearsal.waitUntilAtRest()
    return try rehearsal.play(faults) { outcome in
      if !json { Session.say(RehearsalReport.text(outcome)) }
    }
  }
}
