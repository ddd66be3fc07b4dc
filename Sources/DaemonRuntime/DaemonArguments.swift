/// The command line of a daemon.
///
/// Parsed by hand: an argument parser library would cost each daemon more memory than all its sessions.
public struct DaemonArguments: Equatable, Sendable {
  /// What the daemon is asked to do.
  public enum Action: Equatable, Sendable {
    /// Run.
    case run
    /// Check the configuration and exit (`-t`).
    case checkConfiguration
    /// Print the version and exit.
    case showVersion
    /// Print the usage and exit.
    case showHelp
  }

  /// How much is logged, from most to least.
  public enum LogLevel: String, CaseIterable, Sendable {
    /// Everything, for hunting bugs.
    case debug
    /// What an operator wants to read afterwards; the default.
    case info
    /// Like info, but without what happens in normal operation.
    case notice
    /// Only what needs attention.
    case warning
    /// Only what does not work.
    case error
  }

  /// A command line that cannot be understood: one line for stderr.
  public struct Problem: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public let description: String
  }

  /// A daemon's name and what differs between the two.
  public struct Program: Sendable {
    /// "bfdd" or "vrrpd".
    public let name: String
    /// One line about it.
    public let summary: String
    /// The default of `-s`.
    public let socketPath: String
    /// Whether it talks to bfdd, and so knows `-b`.
    public let usesBFD: Bool

    /// bfdd.
    public static let bfdd = Program(
      name: "bfdd", summary: "BFD sessions from a keepalived.conf", socketPath: "/run/bfdd/bfdd.sock", usesBFD: false)
    /// vrrpd.
    public static let vrrpd = Program(
      name: "vrrpd", summary: "VRRP instances from a keepalived.conf", socketPath: "/run/vrrpd/vrrpd.sock",
      usesBFD: true)
  }

  /// The version of both daemons.
  public static let version = "0.1.0"

  /// What to do.
  public var action = Action.run
  /// The configuration file (`-f`).
  public var configurationPath = "/etc/keepalived/keepalived.conf"
  /// What `@id` in the configuration compares with (`-i`, as keepalived's); `nil`: the host name up to its first dot.
  public var identifier: String?
  /// The control socket (`-s`).
  public var socketPath: String
  /// bfdd's control socket (`-b`), where the daemon talks to it.
  public var bfddSocketPath = Program.bfdd.socketPath
  /// Whether every error in the configuration is refused (`--strict`), as `config_strict` in `global_defs` has it.
  public var isStrict = false
  /// Whether the daemon leaves a core dump when it crashes and may be traced (`-m`, as keepalived's). It holds keys, so it
  /// does not by default.
  public var allowsCoreDumps = false
  /// How much is logged (`--log-level`).
  public var logLevel = LogLevel.info

  /// The arguments' defaults for `program`.
  public init(for program: Program) {
    socketPath = program.socketPath
  }

  /// Reads the arguments that follow the program's name.
  ///
  /// Options are taken as `-f FILE`, `-fFILE`, `--file FILE` and `--file=FILE`.
  public init(_ arguments: some Sequence<String>, for program: Program) throws(Problem) {
    self.init(for: program)
    var rest = Array(arguments)[...]
    while let argument = rest.popFirst() {
      let (option, attached) = Self.split(argument)
      switch option {
      case "-t", "--config-test":
        try Self.takesNoValue(option, attached)
        action = .checkConfiguration
      case "-v", "--version":
        try Self.takesNoValue(option, attached)
        action = .showVersion
        return
      case "-h", "--help":
        try Self.takesNoValue(option, attached)
        action = .showHelp
        return
      case "--strict":
        try Self.takesNoValue(option, attached)
        isStrict = true
      case "-m", "--core-dump":
        try Self.takesNoValue(option, attached)
        allowsCoreDumps = true
      case "-f", "--file": configurationPath = try Self.value(of: option, attached, &rest)
      case "-i", "--config-id": identifier = try Self.value(of: option, attached, &rest)
      case "-s", "--socket": socketPath = try Self.value(of: option, attached, &rest)
      case "-b" where program.usesBFD, "--bfdd-socket" where program.usesBFD:
        bfddSocketPath = try Self.value(of: option, attached, &rest)
      case "--log-level": logLevel = try Self.level(Self.value(of: option, attached, &rest))
      default:
        throw Problem(
          description: argument.hasPrefix("-") ? "unknown option '\(argument)'" : "unexpected argument '\(argument)'")
      }
    }
  }

  /// What `--help` prints.
  public static func usage(of program: Program) -> String {
    let bfd = program.usesBFD ? " [-b BFDD_SOCKET]" : ""
    let bfdLine =
      program.usesBFD ? "\n  -b, --bfdd-socket SOCKET  bfdd's control socket (\(Program.bfdd.socketPath))" : ""
    return """
      \(program.name): \(program.summary)

      usage: \(program.name) [-f FILE] [-i ID] [-s SOCKET]\(bfd) [-t] [--strict] [-m] [--log-level LEVEL]

        -f, --file FILE           configuration file (/etc/keepalived/keepalived.conf)
        -i, --config-id ID        what '@ID' in the file compares with (the host name up to its first dot)
        -s, --socket SOCKET       control socket (\(program.socketPath))\(bfdLine)
        -t, --config-test         check the configuration and exit: 0 fine, 5 errors, 6 script security, 4 cannot run
            --strict              refuse a configuration with errors, instead of leaving out what is wrong
        -m, --core-dump           allow core dumps and tracing: they show keys
            --log-level LEVEL     \(LogLevel.allCases.map(\.rawValue).joined(separator: ", ")) (info)
        -v, --version             print the version and exit
        -h, --help                print this and exit

      The daemon runs in the foreground. SIGHUP reloads the configuration, SIGTERM and SIGINT stop the daemon.

      """
  }

  /// An argument's option and the value attached to it, as in `--file=x` and `-fx`.
  private static func split(_ argument: String) -> (option: String, value: String?) {
    if argument.hasPrefix("--") {
      guard let equals = argument.firstIndex(of: "=") else { return (argument, nil) }
      return (String(argument[..<equals]), String(argument[argument.index(after: equals)...]))
    }
    guard argument.hasPrefix("-"), argument.count > 2 else { return (argument, nil) }
    return (String(argument.prefix(2)), String(argument.dropFirst(2)))
  }

  private static func value(
    of option: String, _ attached: String?, _ rest: inout ArraySlice<String>
  ) throws(Problem) -> String {
    guard let value = attached ?? rest.popFirst(), !value.isEmpty else {
      throw Problem(description: "option '\(option)' needs a value")
    }
    return value
  }

  private static func takesNoValue(_ option: String, _ attached: String?) throws(Problem) {
    if let attached { throw Problem(description: "option '\(option)' takes no value, found '\(attached)'") }
  }

  private static func level(_ name: String) throws(Problem) -> LogLevel {
    guard let level = LogLevel(rawValue: name) else {
      let known = LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
      throw Problem(description: "unknown log level '\(name)' (known: \(known))")
    }
    return level
  }
}
