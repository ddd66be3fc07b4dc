import DaemonRuntime
import Testing

@Suite struct DaemonArgumentsTests {
  private func parse(_ line: String, _ program: DaemonArguments.Program = .vrrpd) throws -> DaemonArguments {
    try DaemonArguments(line.split(separator: " ").map(String.init), for: program)
  }

  @Test func `defaults`() throws {
    let arguments = try parse("")
    #expect(arguments.action == .run)
    #expect(arguments.configurationPath == "/etc/keepalived/keepalived.conf")
    #expect(arguments.identifier == nil)
    #expect(arguments.socketPath == "/run/vrrpd/vrrpd.sock")
    #expect(arguments.bfddSocketPath == "/run/bfdd/bfdd.sock")
    #expect(arguments.logLevel == .info)
    #expect(try parse("", .bfdd).socketPath == "/run/bfdd/bfdd.sock")
  }

  @Test(arguments: [
    "-f a -i d -s b -b c -t --log-level debug", "-fa -id -sb -bc -t --log-level=debug",
    "--file a --config-id=d --socket=b --bfdd-socket c --config-test --log-level debug",
  ])
  func `every form of every option`(line: String) throws {
    let arguments = try parse(line)
    #expect(arguments.configurationPath == "a")
    #expect(arguments.identifier == "d")
    #expect(arguments.socketPath == "b")
    #expect(arguments.bfddSocketPath == "c")
    #expect(arguments.action == .checkConfiguration)
    #expect(arguments.logLevel == .debug)
  }

  @Test func `core dumps have to be asked for`() throws {
    #expect(try !parse("").allowsCoreDumps)
    #expect(try parse("-m").allowsCoreDumps && parse("--core-dump", .bfdd).allowsCoreDumps)
  }

  @Test func `help and version win over what follows`() throws {
    #expect(try parse("--help --nonsense").action == .showHelp)
    #expect(try parse("-h").action == .showHelp)
    #expect(try parse("-t --version").action == .showVersion)
  }

  @Test(arguments: [
    ("-x", "unknown option '-x'"), ("--fil a", "unknown option '--fil'"), ("a", "unexpected argument 'a'"),
    ("-f", "option '-f' needs a value"), ("--file=", "option '--file' needs a value"),
    ("--log-level loud", "unknown log level 'loud' (known: debug, info, notice, warning, error)"),
    ("-tx", "option '-t' takes no value, found 'x'"), ("-", "unknown option '-'"),
  ])
  func `a wrong command line is explained`(line: String, problem: String) {
    #expect(throws: DaemonArguments.Problem.self) { try parse(line) }
    do {
      _ = try parse(line)
    } catch {
      #expect("\(error)" == problem)
    }
  }

  @Test func `bfdd does not know the socket of bfdd`() {
    #expect(throws: DaemonArguments.Problem.self) { try parse("-b x", .bfdd) }
    #expect(!DaemonArguments.usage(of: .bfdd).contains("-b"))
    #expect(DaemonArguments.usage(of: .vrrpd).contains("-b"))
  }
}
