public import ArgumentParser
public import NetPrimitives

/// How long a command may wait: the `--timeout` of both tools.
public struct Patience: ParsableArguments {
  /// The limit in seconds, 0 to 1,000,000,000; `nil` for none.
  @Option(name: .customLong("timeout"), help: "How many seconds to wait at most; no limit unless given.")
  public var seconds: Double?

  /// The limit; `nil` for none.
  public var interval: Interval? { seconds.map { .microseconds(Int64($0 * 1_000_000)) } }

  /// Without a limit.
  public init() {}

  /// Refuses a limit outside the range.
  public func validate() throws {
    if let seconds, !(0...1_000_000_000).contains(seconds) {
      throw ValidationError("--timeout is 0 to 1000000000 seconds")
    }
  }
}
