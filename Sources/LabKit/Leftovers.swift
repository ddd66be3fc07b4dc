/// Removing labs: one's own at its end, and those of processes that died before they could.
public enum Leftovers {
  /// Removes the labs of processes that no longer run; the names of what was removed.
  public static func remove() throws(LabError) -> [String] {
    try Lab.requireRoot()
    let namespaces = Files.names(in: "/run/netns")
    var labs = Set(namespaces.compactMap(labName))
    labs.formUnion(Files.names(in: Lab.root).filter { Identity.pid(inName: $0) != nil })
    let dead = labs.filter { !isOwned($0) }.sorted()
    for lab in dead { removeLab(named: lab) }
    for output in Files.names(in: Lab.root) where output.hasPrefix(Command.outputPrefix) {
      let pid = output.dropFirst(Command.outputPrefix.count).split(separator: "-").first.flatMap { Int32($0) }
      if let pid, !Processes.isAlive(pid) { Files.remove("\(Lab.root)/\(output)") }
    }
    return dead
  }

  /// Ends the processes of a lab and removes its namespaces and files.
  static func removeLab(named lab: String) {
    let namespaces = Files.names(in: "/run/netns").filter { labName($0) == lab }
    for namespace in namespaces {
      // Whatever runs in a namespace of the lab was started for it: daemons, their scripts, shells of `up`.
      let pids = (try? Command.run(["ip", "netns", "pids", namespace])) ?? ""
      Processes.kill(pids.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) })
    }
    for namespace in namespaces { _ = try? Command.run(["ip", "netns", "delete", namespace]) }
    Files.remove("\(Lab.root)/\(lab)")
  }

  /// `baton-PID-NUMBER` of a namespace `baton-PID-NUMBER-HOST`; `nil` for a namespace that is no lab's.
  private static func labName(_ namespace: String) -> String? {
    let parts = namespace.split(separator: "-")
    guard parts.count == 4, parts[0] == "baton", Int32(parts[1]) != nil, Int(parts[2]) != nil else { return nil }
    return parts[..<3].joined(separator: "-")
  }

  private static func isOwned(_ lab: String) -> Bool {
    if let mark = Files.read("\(Lab.root)/\(lab)/owner") { return Identity.isAlive(mark: mark) }
    return Identity.pid(inName: lab).map(Processes.isAlive) ?? false
  }
}
