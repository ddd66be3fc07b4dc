import ArgumentParser
import LabKit

struct Up: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Build the lab and keep it until Ctrl-C, to look around in.")

  @Option(help: "Who keeps the address alive: baton or keepalived.")
  var engine: Engine = .baton

  @OptionGroup var configurationOptions: ConfigurationOptions
  @OptionGroup var programs: ProgramOptions

  func run() throws {
    try BatonLab.perform { () throws(LabError) in
      let plan = try configurationOptions.plan()
      let baton = engine == .baton ? try programs.baton() : nil
      let failover = try Failover(plan, engine: engine, baton: baton)
      defer { failover.lab.destroy() }
      Session.say("Waiting until router a is active ...")
      try failover.waitUntilAtRest()
      Session.say(text(failover, plan, baton))
      Session.waitForInterruption()
      Session.say("Removing the lab.")
    }
  }

  private func text(_ failover: Failover, _ plan: FailoverPlan, _ baton: Baton?) -> String {
    let lab = failover.lab
    var lines = [
      "The lab is up. Router a is active for \(plan.virtualAddress). Enter a machine from another terminal:", "",
    ]
    for host in lab.hosts { lines.append("    sudo sh \(host.enter)") }
    if let baton {
      lines += [
        "", "Ask a router:", "", "    sudo sh \(failover.active.enter) \(baton.path("vrrpctl")) show",
        "    sudo sh \(failover.backup.enter) \(baton.path("bfdctl")) show",
      ]
    }
    let cut = "sudo ip -n \(lab.switchNamespace) link set \(failover.active.port(plan.active.interfaces[0].name))"
    lines += [
      "", "Break it, and mend it:", "", "    \(cut) nomaster",
      "    \(cut) master \(plan.active.interfaces[0].segment)", "",
      "Watch the wire:", "", "    sudo ip netns exec \(lab.switchNamespace) tcpdump -ni \(plan.client.segment)", "",
      "Logs and files are under \(lab.folder). Ctrl-C removes everything.",
    ]
    return lines.joined(separator: "\n")
  }
}
