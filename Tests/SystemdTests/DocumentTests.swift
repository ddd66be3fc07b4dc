import FoundationEssentials
import LabKit
import NetPrimitives
import Testing

extension SystemdTests {
  /// What the README and the pages in docs tell a user to type, typed on a router with the package.
  @Suite struct DocumentTests {
    /// The README installs and configures the router for the other pages.
    private static func documents() throws -> [String] {
      let pages = try FileManager.default.contentsOfDirectory(atPath: "\(Installation.repository)/docs")
      return ["README.md"] + pages.filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
    }

    @Test func everyCommandDoesWhatItSays() throws {
      let lab = try Lab()
      defer { lab.destroy() }
      let box = try Box(lab.addHost("a", [Interface("eth0", ["10.0.2.4/24"])])) { root throws(LabError) in
        try PackageTests.build("1.0.0", into: "\(root)\(Self.folder)/.build/dist")
        try Command.run(["cp", "\(Installation.repository)/Makefile", "\(root)\(Self.folder)"])
        try Command.run(["cp", "-r", "\(Installation.repository)/packaging", "\(root)\(Self.folder)"])
        try Installation.write(Self.varlinkctl, to: "\(root)/usr/local/bin/varlinkctl")
        try Command.run(["chmod", "755", "\(root)/usr/local/bin/varlinkctl"])
      }
      let neighbor = try Box(lab.addHost("b", [Interface("eth0", ["10.0.2.8/24"])])) { root throws(LabError) in
        try Installation.install(into: root, try Self.neighborConfiguration())
      }
      try neighbor.startDaemons()

      for document in try Self.documents() {
        for block in try Markdown.codeBlocks(of: document) { try run(block, of: document, in: box) }
      }
    }

    private func run(_ block: Markdown.CodeBlock, of document: String, in box: Box) throws {
      let place: Comment = "\(document), line \(block.line)"
      let prelude = "cd \(Self.folder); export PATH=/usr/local/bin:$PATH; "
      switch block.kind {
      case "sh", "sh varlinkctl":
        let result = try box.status("/bin/bash", "-euo", "pipefail", "-c", prelude + block.text)
        #expect(result.status == 0, "\(place): \(result.output)\(box.journal())")
      case "yaml":
        try box.write(block.text, to: "/tmp/prometheus.yml")
        let result = try box.status("promtool", "check", "config", "/tmp/prometheus.yml")
        #expect(result.status == 0, "\(place): \(result.output)")
      case "sh build":
        // These build and test; that they are the Makefile's is what can be wrong.
        for line in block.text.split(separator: "\n") {
          let result = try box.status("/bin/bash", "-euo", "pipefail", "-c", prelude + "\(line) -n")
          #expect(line.hasPrefix("make ") && result.status == 0, "\(place): \(result.output)")
        }
      case "python":
        // What follows events has no end: being stopped is none of its faults.
        let result = try box.status("timeout", "3", "python3", "-c", block.text)
        let isEndless = block.text.contains("while True")
        #expect(result.status == (isEndless ? 124 : 0) && !result.output.isEmpty, "\(place): \(result.output)")
      case "conf":
        // The README's is what the router then runs with.
        let path = document == "README.md" ? "/etc/keepalived/keepalived.conf" : "/tmp/example.conf"
        try box.write(block.text, to: path)
        for daemon in ["bfdd", "vrrpd"] {
          let result = try box.status(daemon, "-t", "-f", path)
          // Scripts of examples are not there.
          #expect([0, 6].contains(result.status), "\(place): \(result.output)")
        }
      default:
        #expect(block.kind.isEmpty, "\(place): what kind of code is '\(block.kind)'?")
      }
    }

    /// Where the box has what a clone of the repository has.
    private static let folder = "/srv/baton"

    /// The README's, with the addresses swapped and a lower priority, as it says.
    private static func neighborConfiguration() throws(LabError) -> String {
      let own = try Markdown.codeBlocks(of: "README.md").first { $0.kind == "conf" }?.text ?? ""
      return own.replacing("10.0.2.8", with: "PEER").replacing("10.0.2.4", with: "10.0.2.8")
        .replacing("PEER", with: "10.0.2.4").replacing("priority 100", with: "priority 90")
    }

    /// systemd's program of that name is newer than Debian 12's systemd. This one makes the same calls.
    private static let varlinkctl = """
      #!/usr/bin/python3
      import json, socket, sys
      verb, address, name = sys.argv[1:4]
      if verb == "introspect":
          method, parameters = "org.varlink.service.GetInterfaceDescription", {"interface": name}
      elif verb == "call":
          method, parameters = name, json.loads(sys.argv[4])
      else:
          sys.exit("unknown verb " + verb)
      with socket.socket(socket.AF_UNIX) as connection:
          connection.connect(address.removeprefix("unix:"))
          connection.sendall(json.dumps({"method": method, "parameters": parameters}).encode() + b"\\0")
          answer = b""
          while not answer.endswith(b"\\0"):
              answer += connection.recv(65536)
      reply = json.loads(answer[:-1])
      print(json.dumps(reply["parameters"]))
      sys.exit("error" in reply)
      """
  }
}

/// What is read of a page.
private enum Markdown {
  /// A fenced block.
  struct CodeBlock {
    /// What stands behind the opening fence.
    let kind: String
    /// The line of the opening fence, from 1.
    let line: Int
    let text: String
  }

  static func codeBlocks(of document: String) throws(LabError) -> [CodeBlock] {
    let text = try Command.run(["cat", "\(Installation.repository)/\(document)"])
    var blocks: [CodeBlock] = []
    var open: (kind: String, line: Int, text: String)?
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.hasPrefix("```") {
        if let block = open {
          blocks.append(CodeBlock(kind: block.kind, line: block.line, text: block.text))
          open = nil
        } else {
          open = (String(line.dropFirst(3)), number + 1, "")
        }
      } else {
        open?.text += line + "\n"
      }
    }
    return blocks
  }
}
