import NetPrimitives

extension KeywordTable {
  static let vrrpScript: [Keyword] = [
    row(.vrrpScript, "script", .command, "required", "the command, with its arguments in one quoted string"),
    row(
      .vrrpScript, "interval", .milliseconds(ofSeconds: .milliseconds(1) ... .seconds(4_294)), "1",
      "time between two runs"),
    row(
      .vrrpScript, "timeout", .milliseconds(ofSeconds: .zero ... .seconds(4_294)), "interval", "how long a run may take"
    ),
    row(.vrrpScript, "weight", .weight(limit: 253), "0", "what failure does: 0 FAULT, else the priority moves"),
    row(.vrrpScript, "rise", .integer(1...2_147_483_647), "1", "successes until it counts as up"),
    row(.vrrpScript, "fall", .integer(1...2_147_483_647), "1", "failures until it counts as down"),
    row(.vrrpScript, "user", .user, "script_user", "who runs it"),
    row(.vrrpScript, "init_fail", .flag, "off", "counts as failed until it has succeeded"),
  ]

  static let trackFile: [Keyword] = [
    row(.trackFile, "file", .word, "required", "the file's path"),
    row(.trackFile, "weight", .weight(limit: 254), "1", "the number in the file is multiplied by it"),
    row(.trackFile, "init_file", .words(0...2), "", "make the file at the start, with this number"),
  ]

  static let trackProcess: [Keyword] = [
    row(.trackProcess, "process", .words(1...256), "required", "the program, and possibly its parameters"),
    row(
      .trackProcess, "param_match", .optionalChoice(["initial", "partial"]), "",
      "how parameters are compared; alone: exactly"),
    row(.trackProcess, "full_command", .flag, "off", "compare the whole command line"),
    row(
      .trackProcess, "weight", .weight(limit: 254), "0", "what absence does: 0 FAULT, else the priority moves"),
    row(.trackProcess, "quorum", .integer(1...65_535), "1", "processes there must be"),
    row(.trackProcess, "quorum_max", .integer(0...65_535), "unlimited", "processes there may be"),
    row(.trackProcess, "delay", .seconds(processDelay), "0", "wait that long before a change counts"),
    row(.trackProcess, "terminate_delay", .seconds(processDelay), "0", "the same, when processes end"),
    row(.trackProcess, "fork_delay", .seconds(processDelay), "0", "the same, when processes begin"),
  ]

  private static let processDelay = Interval.microseconds(1) ... .seconds(3_600)

  static let trackedObject: [Keyword] = [
    row(
      .trackedObject, "weight", .weight(limit: 254), "the object's",
      "what failure does: 0 FAULT, else the priority moves"),
    row(.unicastPeer, "min_ttl", .integer(0...255), "", "least TTL of this peer's adverts"),
    row(.unicastPeer, "max_ttl", .integer(0...255), "", "greatest TTL of this peer's adverts"),
  ]
}
