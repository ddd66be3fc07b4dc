import ArgumentParser
import LabKit

struct Clean: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Remove what labs of dead processes left behind.",
    discussion: "A lab that was killed by SIGKILL cannot remove its namespaces. Labs that still run are left alone.")

  func run() throws {
    try BatonLab.perform { () throws(LabError) in
      let removed = try Leftovers.remove()
      print(removed.isEmpty ? "nothing to remove" : "removed " + removed.joined(separator: ", "))
    }
  }
}
