/// Why something is not as its operator wants it: what was found, the weightiest first, in plain sentences.
public struct Explanation: Codable, Equatable, Sendable {
  /// One thing that was found.
  public struct Finding: Codable, Equatable, Sendable {
    /// A short fixed name for programs, such as `no_packets`.
    public let code: String
    /// What was found, in words.
    public let text: String
    /// What to look at next; null where there is nothing to do.
    public let advice: String?

    /// A finding.
    public init(_ code: String, _ text: String, advice: String? = nil) {
      self.code = code
      self.text = text
      self.advice = advice
    }
  }

  /// The object's name.
  public let name: String
  /// Its state, as in `show --json`.
  public let state: String
  /// What was found; never empty.
  public let findings: [Finding]

  /// The explanation for the operator.
  public func text(_ style: TextStyle) -> String {
    var lines = "\(style.paint(name, .heading)) is \(state)\n"
    for finding in findings {
      lines += "  \(finding.text)\n"
      if let advice = finding.advice { lines += "    -> \(advice)\n" }
    }
    return lines
  }
}
