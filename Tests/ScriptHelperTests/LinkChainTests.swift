import FoundationEssentials
import LinuxIO
import NetPrimitives
import ScriptHelper
import Testing

/// A file system in memory, and a user who tries to decide what a path in it leads to.
private struct Tree {
  struct Node {
    var status: FileStatus
    var target = ""
    var entries: [String: Int] = [:]
  }

  /// Whom security is about; owner and group of the tree are 0, this one or 5, whose only member nobody knows.
  static let attacker: UInt32 = 1000
  var nodes = [Node(status: FileStatus(kind: .directory, uid: 0, gid: 0, mode: 0o755))]

  mutating func add(_ name: String, to parent: Int, _ status: FileStatus, target: String = "") -> Int {
    nodes.append(Node(status: status, target: target))
    nodes[parent].entries[name] = nodes.count - 1
    return nodes.count - 1
  }

  /// What is at `path`: by recursion, unlike the walk that is tested. `nil` where there is nothing.
  func resolve(_ path: some StringProtocol, from start: [Int] = [0], followingLast: Bool = true, depth: Int = 0)
    -> [Int]?
  {
    guard depth <= 40 else { return nil }
    var stack = path.hasPrefix("/") ? [0] : start
    let components = path.split(separator: "/")
    for (index, component) in components.enumerated() {
      if component == "." { continue }
      if component == ".." {
        if stack.count > 1 { stack.removeLast() }
        continue
      }
      guard let here = stack.last, nodes[here].status.kind == .directory,
        let next = nodes[here].entries[String(component)]
      else { return nil }
      if nodes[next].status.kind == .link, followingLast || index + 1 < components.count {
        guard let end = resolve(nodes[next].target, from: stack, depth: depth + 1) else { return nil }
        stack = end
      } else {
        stack.append(next)
      }
    }
    return stack
  }

  var inspector: FileInspector {
    FileInspector(
      status: { path in
        guard let node = resolve(path, followingLast: false)?.last else { return .failure(.init(errno: 2)) }
        return .success(nodes[node].status)
      },
      linkTarget: { path in
        guard let node = resolve(path, followingLast: false)?.last else { return .failure(.init(errno: 2)) }
        return .success(nodes[node].target)
      })
  }

  /// Whether the user can change the contents of a file or of a directory; the owner can always give himself permission.
  private func canWrite(_ node: Int) -> Bool {
    let status = nodes[node].status
    return status.uid == Self.attacker || status.mode & 0o002 != 0
      || (status.gid == Self.attacker && status.mode & 0o020 != 0)
  }

  /// Whether the user can make `path` lead to something of his, by changing one thing.
  func canBeTurned(_ path: String) -> Bool {
    guard let file = resolve(path)?.last else { return false }
    if canWrite(file) { return true }
    for directory in nodes.indices where nodes[directory].status.kind == .directory && canWrite(directory) {
      let isSticky = nodes[directory].status.mode & 0o1000 != 0
      for (name, entry) in nodes[directory].entries {
        let owns = [directory, entry].contains { nodes[$0].status.uid == Self.attacker }
        guard !isSticky || owns else { continue }
        var turned = self
        turned.nodes[directory].entries[name] = nil
        if turned.resolve(path)?.last != file { return true }
      }
    }
    return false
  }

  /// A tree of folders, files and links, among them chains of links and links in the middle of a path; the path to try.
  static func random(_ generator: inout Generator) -> (Tree, String) {
    var tree = Tree()
    var folders = [(path: "", node: 0)]
    var paths: [String] = []
    // Where anybody owns anything, hardly a path is fine: a third of the trees is root's alone, or nearly.
    let trust = generator.next(upTo: 3)
    func status(_ kind: FileStatus.Kind, _ generator: inout Generator) -> FileStatus {
      guard generator.next(upTo: [1, 4, 12][trust]) == 0,
        trust > 0 || kind != .directory || generator.next(upTo: 2) == 0
      else { return FileStatus(kind: kind, uid: 0, gid: 0, mode: 0o755) }
      let ids: [UInt32] = [0, 0, Self.attacker, 5]
      let modes: [UInt32] = [0o755, 0o755, 0o775, 0o757, 0o1777]
      return FileStatus(
        kind: kind, uid: ids[generator.next(upTo: ids.count)], gid: ids[generator.next(upTo: ids.count)],
        mode: modes[generator.next(upTo: modes.count)])
    }
    for number in 0..<4 + generator.next(upTo: 12) {
      let parent = folders[generator.next(upTo: folders.count)]
      let path = "\(parent.path)/n\(number)"
      switch generator.next(upTo: 3) {
      case 0:
        folders.append((path, tree.add("n\(number)", to: parent.node, status(.directory, &generator))))
        paths.append(path)
      case 1:
        _ = tree.add("n\(number)", to: parent.node, status(.regular, &generator))
        paths.append(path)
      default:
        let goal = paths.isEmpty ? "/" : paths[generator.next(upTo: paths.count)]
        let up = String(repeating: "../", count: parent.path.split(separator: "/").count)
        let target = generator.next(upTo: 2) == 0 ? goal : up + goal.dropFirst()
        _ = tree.add("n\(number)", to: parent.node, status(.link, &generator), target: target)
        paths.append(path)
        // What lies behind a link can be reached through it.
        if let end = tree.resolve(path)?.last, tree.nodes[end].status.kind == .directory { folders.append((path, end)) }
      }
    }
    return (tree, paths[generator.next(upTo: paths.count)])
  }

  /// A reproducible source of chance.
  struct Generator {
    var state: UInt64

    mutating func next(upTo limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(limit))
    }
  }
}

@Suite struct LinkChainTests {
  /// Whatever a path leads through, what somebody else can turn does not run as root.
  @Test func nobodyElseDecidesWhatRunsAsRoot() {
    var (turned, fine) = (0, 0)
    for seed in 0..<20_000 as Range<UInt64> {
      var generator = Tree.Generator(state: seed &* 0x9E37_79B9)
      let (tree, path) = Tree.random(&generator)
      let problem = ScriptSecurity.problem(of: path, as: .root, in: tree.inspector)
      let end = tree.resolve(path)?.last
      guard let end, tree.nodes[end].status.kind == .regular else {
        #expect(problem != nil, "seed \(seed): \(path)")
        continue
      }
      if tree.canBeTurned(path) {
        turned += 1
        #expect(problem?.isSecurityOnly == true, "seed \(seed): \(path) can be turned")
      } else if problem == nil {
        fine += 1
      }
    }
    // Both kinds were there.
    #expect(turned > 500 && fine > 500, "\(turned) \(fine)")
  }

  @Test func aChainOfLinksIsLookedAtLinkByLink() throws {
    try #require(ProcessControl.effectiveUser == 0, "these tests must run as root")
    let files = FileManager.default
    // Not below /tmp: everything up to there must be root's, as on a real machine.
    let top = "/run/baton-links-\(UUID().uuidString)"
    defer { try? files.removeItem(atPath: top) }
    for folder in ["good", "user"] {
      try files.createDirectory(atPath: "\(top)/\(folder)", withIntermediateDirectories: true)
    }
    let check = "\(top)/good/check.sh"
    try Data("#!/bin/sh\nexit 0\n".utf8).write(to: URL(filePath: check))
    try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: check)
    try files.createSymbolicLink(atPath: "\(top)/user/current", withDestinationPath: "../good/check.sh")
    try files.createSymbolicLink(atPath: "\(top)/good/link.sh", withDestinationPath: "\(top)/user/current")
    #expect(ScriptSecurity.problem(of: "\(top)/good/link.sh", as: .root, in: .system) == nil)
    try files.setAttributes([.ownerAccountID: 65_533], ofItemAtPath: "\(top)/user")
    let problem = ScriptSecurity.problem(of: "\(top)/good/link.sh", as: .root, in: .system)
    #expect(problem?.isSecurityOnly == true)
    #expect(problem?.description.contains("\(top)/user is not owned by root") == true)

    // What was fine when the file was read is looked at again at each run.
    let daemon = try ScriptingDaemon()
    let runner = try #require(daemon.runner)
    var command = ScriptCommand(["\(top)/good/link.sh"], user: .root, timeout: .seconds(60))
    command.isSecured = true
    #expect(runner.run(CheckID(1), command))
    let refusal = try daemon.result(of: 1)
    #expect(refusal.outcome == .notExecuted(errno: 1))
    #expect(refusal.description.contains("\(top)/user is not owned by root"))
    try files.setAttributes([.ownerAccountID: 0], ofItemAtPath: "\(top)/user")
    #expect(runner.run(CheckID(1), command))
    #expect(try daemon.result(of: 1).outcome.isSuccess)
  }

  @Test func pathsThatLeadNowhereEnd() {
    var tree = Tree()
    let status = FileStatus(kind: .link, uid: 0, gid: 0, mode: 0o777)
    _ = tree.add("loop", to: 0, status, target: "/loop")
    _ = tree.add("a", to: 0, status, target: "b")
    _ = tree.add("b", to: 0, status, target: "a/x")
    _ = tree.add("f", to: 0, FileStatus(kind: .regular, uid: 0, gid: 0, mode: 0o755))
    func errno(_ path: String) -> Int32? {
      guard case .unreachable(_, _, let errno) = ScriptSecurity.problem(of: path, as: .root, in: tree.inspector) else {
        return nil
      }
      return errno
    }
    #expect(errno("/loop") == 40)
    #expect(errno("/a") == 40)
    #expect(errno("/f/x") == 20)
    #expect(errno("/f/../f") == 20)
    #expect(ScriptSecurity.problem(of: "/./..//f", as: .root, in: tree.inspector) == nil)
  }
}
