internal import FoundationEssentials
internal import KeepalivedConfig
internal import NetPrimitives

/// What a rehearsal prints.
public enum RehearsalReport {
  // MARK: Text

  /// What is rehearsed, and what of the file is not.
  public static func introduction(_ plan: RehearsalPlan) -> String {
    var lines = ["Rehearsal of " + plan.paths.joined(separator: " and "), ""]
    for (index, router) in plan.routers.enumerated() {
      let origin = index < plan.paths.count ? plan.paths[index] : "derived from it"
      lines.append("  router \(router.name)  (\(origin))")
      for interface in router.interfaces {
        let addresses = interface.addresses.map { "\($0)" }.joined(separator: " ")
        lines.append("    \(interface.name) on \(interface.segment)  \(addresses)")
      }
      for instance in router.model.vrrpInstances {
        lines.append(
          "    \(instance.name): VRRPv\(instance.version.rawValue), priority \(instance.priority), "
            + "an advertisement each \(instance.advertisementInterval)")
      }
      for session in router.model.bfdInstances {
        lines.append(
          "    BFD \(session.name) to \(session.neighbor): \(session.desiredMinTX) x \(session.multiplier)")
      }
    }
    lines.append("  watched: " + plan.watched.map { "\($0.address) (\($0.instance))" }.joined(separator: ", "))
    if !plan.notes.isEmpty { lines += ["", "Not as it is in production:"] + plan.notes.map { "  - \($0)" } }
    return lines.joined(separator: "\n") + "\n"
  }

  /// One fault, a line for each address.
  public static func text(_ outcome: FaultOutcome) -> String {
    var lines = ["\(outcome.fault.name) (\(outcome.active)): \(outcome.fault.text)"]
    let width = outcome.addresses.map { "\($0.watched.address)".count }.max() ?? 0
    for address in outcome.addresses {
      var parts = ["  " + Report.left("\(address.watched.address)", width), address.summary]
      parts.append(address.gaps.isEmpty ? "never gone" : "gone \(gone(address))")
      if address.bothHeld > .zero { parts.append("both held it for \(Report.milliseconds(address.bothHeld))") }
      lines.append(parts.joined(separator: "   "))
    }
    if let unrest = outcome.unrest { lines.append("  NOT AT REST: \(unrest)") }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func gone(_ address: AddressOutcome) -> String {
    let total = Report.milliseconds(address.gone)
    return address.gaps.count > 1
      ? "\(total) (\(address.gaps.count) times, longest \(Report.milliseconds(address.longestGap)))" : total
  }

  /// All faults as a table, several engines side by side.
  public static func summary(_ runs: [RehearsalRun]) -> String {
    var header = ["fault", "address"]
    for run in runs {
      let prefix = runs.count > 1 ? "\(run.engine.rawValue): " : ""
      header += [prefix + "what happened", "gone", "both held it"]
    }
    var rows = [header]
    for (number, outcome) in (runs.first?.outcomes ?? []).enumerated() {
      for (index, address) in outcome.addresses.enumerated() {
        var row = [index == 0 ? outcome.fault.name : "", "\(address.watched.address)"]
        for run in runs { row += cells(run, number, index) }
        rows.append(row)
      }
    }
    let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      let cells = row.indices.map { column in
        column > 1 && column % 3 != 2
          ? Report.right(row[column], widths[column]) : Report.left(row[column], widths[column])
      }
      return "  " + cells.joined(separator: "   ").trimmedEnd
    }
    return lines.joined(separator: "\n") + "\n\n" + verdict(runs) + "\n"
  }

  private static func cells(_ run: RehearsalRun, _ number: Int, _ index: Int) -> [String] {
    guard run.outcomes.indices.contains(number) else { return ["not played", "", ""] }
    let outcome = run.outcomes[number]
    let address = outcome.addresses[index]
    return [
      address.summary + (outcome.unrest == nil ? "" : " (NOT AT REST)"),
      address.gaps.isEmpty ? "-" : Report.milliseconds(address.gone),
      address.bothHeld > .zero ? Report.milliseconds(address.bothHeld) : "-",
    ]
  }

  private static func verdict(_ runs: [RehearsalRun]) -> String {
    runs.map { run in
      let bad = run.outcomes.filter { !$0.isGood }.map(\.fault.name)
      let engine = run.engine.rawValue
      guard !run.isGood else {
        return "  \(engine): every fault ended with exactly one router for each address."
      }
      let unplayed = run.unplayed.isEmpty ? "" : "; not played: \(run.unplayed.map(\.name).joined(separator: ", "))"
      return "  \(engine): NOT well ended: \(bad.joined(separator: ", "))\(unplayed)"
    }.joined(separator: "\n")
  }

  // MARK: JSON

  /// Everything as one JSON object, times in microseconds after the fault.
  public static func json(_ plan: RehearsalPlan, _ runs: [RehearsalRun]) throws(LabError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do { return String(decoding: try encoder.encode(RehearsalJSON(plan, runs)), as: UTF8.self) } catch {
      throw .configuration("the result cannot be written as JSON: \(error)")
    }
  }
}

private struct RehearsalJSON: Encodable {
  let files: [String]
  let notes: [String]
  let routers: [Router]
  let runs: [Run]
  let ok: Bool

  struct Router: Encodable {
    let name: String
    let interfaces: [Interface]
  }

  struct Interface: Encodable {
    let name: String
    let segment: String
    let addresses: [String]
  }

  struct Run: Encodable {
    let router: String
    let ok: Bool
    let faults: [Fault]
    let unplayed: [String]
  }

  struct Fault: Encodable {
    let fault: String
    let text: String
    let active: String
    let ok: Bool
    let unrest: OrNull<String>
    let mended: Int64
    let end: Int64
    let addresses: [Address]
  }

  struct Address: Encodable {
    let address: String
    let instance: String
    let interface: String
    let ok: Bool
    let summary: String
    let before: [String]
    let after: [String]
    let path: [String]
    let gone: Int64
    let longest_gap: Int64
    let both_held: Int64
    let announced: OrNull<Int64>
    let gaps: [Span]
    let holdings: [Holding]
  }

  struct Span: Encodable {
    let start: Int64
    let end: Int64
  }

  struct Holding: Encodable {
    let start: Int64
    let end: Int64
    let routers: [String]
  }

  init(_ plan: RehearsalPlan, _ runs: [RehearsalRun]) {
    files = plan.paths
    notes = plan.notes
    routers = plan.routers.map { router in
      Router(
        name: router.name,
        interfaces: router.interfaces.map {
          Interface(name: $0.name, segment: $0.segment, addresses: $0.addresses.map { "\($0)" })
        })
    }
    ok = runs.allSatisfy(\.isGood)
    self.runs = runs.map { run in
      Run(
        router: run.engine.rawValue, ok: run.isGood, faults: run.outcomes.map(Fault.init),
        unplayed: run.unplayed.map(\.name))
    }
  }
}

/// What does not apply is null, not missing.
private struct OrNull<Value: Encodable>: Encodable {
  let value: Value?

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value { try container.encode(value) } else { try container.encodeNil() }
  }
}

extension RehearsalJSON.Fault {
  fileprivate init(_ outcome: FaultOutcome) {
    self.init(
      fault: outcome.fault.name, text: outcome.fault.text, active: outcome.active, ok: outcome.isGood,
      unrest: OrNull(value: outcome.unrest), mended: outcome.mended.microseconds, end: outcome.end.microseconds,
      addresses: outcome.addresses.map(RehearsalJSON.Address.init))
  }
}

extension RehearsalJSON.Address {
  fileprivate init(_ outcome: AddressOutcome) {
    self.init(
      address: "\(outcome.watched.address)", instance: outcome.watched.instance, interface: outcome.watched.interface,
      ok: outcome.isGood, summary: outcome.summary, before: outcome.before, after: outcome.after, path: outcome.path,
      gone: outcome.gone.microseconds, longest_gap: outcome.longestGap.microseconds,
      both_held: outcome.bothHeld.microseconds, announced: OrNull(value: outcome.announced?.microseconds),
      gaps: outcome.gaps.map { .init(start: $0.start.microseconds, end: $0.end.microseconds) },
      holdings: outcome.holdings.map {
        .init(start: $0.span.start.microseconds, end: $0.span.end.microseconds, routers: $0.routers)
      })
  }
}

extension String {
  fileprivate var trimmedEnd: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
