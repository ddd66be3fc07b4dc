import NetPrimitives
import ScriptHelper
import Testing

/// A file system of a few names; what is not in the table does not exist.
private func inspector(
  _ files: [String: FileStatus], links: [String: String] = [:]
) -> FileInspector {
  FileInspector(
    status: { path in
      if links[path] != nil { return .success(FileStatus(kind: .link, uid: 0, gid: 0, mode: 0o777)) }
      return files[path].map { .success($0) } ?? .failure(.init(errno: 2))
    },
    linkTarget: { path in links[path].map { .success($0) } ?? .failure(.init(errno: 22)) })
}

private func directory(_ mode: UInt32 = 0o755, uid: UInt32 = 0, gid: UInt32 = 0) -> FileStatus {
  FileStatus(kind: .directory, uid: uid, gid: gid, mode: mode)
}

private func file(_ mode: UInt32 = 0o755, uid: UInt32 = 0, gid: UInt32 = 0) -> FileStatus {
  FileStatus(kind: .regular, uid: uid, gid: gid, mode: mode)
}

private let nobody = ScriptUser(uid: 65534, gid: 65534)

@Suite struct ScriptSecurityTests {
  private static let path = "/etc/x/check.sh"

  private func problem(
    root: FileStatus = directory(), etc: FileStatus = directory(), x: FileStatus = directory(),
    script: FileStatus = file(), as user: ScriptUser = .root
  ) -> ScriptProblem? {
    let files = ["/": root, "/etc": etc, "/etc/x": x, Self.path: script]
    return ScriptSecurity.problem(of: Self.path, as: user, in: inspector(files))
  }

  @Test func aPathThatOnlyRootCanChangeIsFine() {
    #expect(problem() == nil)
    #expect(problem(script: file(0o700)) == nil)
    #expect(problem(as: nobody) == nil)
  }

  @Test func whatIsNotThereIsSaidInWords() {
    let problem = ScriptSecurity.problem(
      of: "/etc/no", as: .root, in: inspector(["/": directory(), "/etc": directory()]))
    #expect(problem?.description == "script /etc/no: cannot be found: No such file or directory (ENOENT)")
    let result = ScriptResult(outcome: .notExecuted(errno: 13), duration: .zero)
    #expect(result.description == "could not be executed: Permission denied (EACCES)")
  }

  @Test func theComponentThatOthersCanChangeIsNamed() {
    let cases: [(ScriptProblem?, String, FileStatus)] = [
      (problem(root: directory(0o777)), "/", directory(0o777)),
      (problem(etc: directory(uid: 7)), "/etc", directory(uid: 7)),
      (problem(x: directory(0o775, gid: 5)), "/etc/x", directory(0o775, gid: 5)),
      (problem(script: file(0o757)), Self.path, file(0o757)),
      (problem(script: file(0o775, gid: 5)), Self.path, file(0o775, gid: 5)),
      (problem(script: file(uid: 1000)), Self.path, file(uid: 1000)),
    ]
    for (problem, component, status) in cases {
      #expect(problem == .insecure(path: Self.path, component: component, status: status))
      #expect(problem?.isSecurityOnly == true)
    }
    #expect(
      cases[2].0?.description
        == "script /etc/x/check.sh runs with root's rights, but /etc/x is writable by group 5 (owner 0:5, mode 0775)")
    #expect(cases[1].0?.description.hasSuffix("/etc is not owned by root (owner 7:0, mode 0755)") == true)
    #expect(cases[0].0?.description.hasSuffix("/ is writable by everybody (owner 0:0, mode 0777)") == true)
  }

  @Test func rootsOwnGroupAndStickyDirectoriesAreTrusted() {
    #expect(problem(script: file(0o775, gid: 0)) == nil)
    #expect(problem(x: directory(0o1777)) == nil)
    #expect(problem(x: directory(0o1775, gid: 5)) == nil)
    #expect(problem(script: file(0o1757)) != nil)
  }

  @Test func onlyRootsRightsAreProtected() {
    let theirs = file(0o777, uid: 65534, gid: 65534)
    #expect(problem(script: theirs, as: nobody) == nil)
    #expect(problem(script: theirs, as: ScriptUser(uid: 65534, gid: 0))?.isSecurityOnly == true)
    #expect(problem(x: directory(0o777), script: file(0o4755), as: nobody)?.isSecurityOnly == true)
    #expect(problem(x: directory(0o777), script: file(0o2755), as: nobody)?.isSecurityOnly == true)
    #expect(problem(x: directory(0o777), script: file(0o2755, gid: 9), as: nobody) == nil)
  }

  @Test func theRealPathCountsToo() {
    let files = [
      "/": directory(), "/etc": directory(), "/etc/check.sh": file(), "/home": directory(),
      "/home/me": directory(uid: 1000), "/home/me/check.sh": file(),
    ]
    let found = ScriptSecurity.problem(
      of: "/etc/check.sh", as: .root, in: inspector(files, links: ["/etc/check.sh": "/home/me/check.sh"]))
    #expect(found == .insecure(path: "/etc/check.sh", component: "/home/me", status: directory(uid: 1000)))
  }

  @Test func whatCannotRunIsFound() {
    let files = inspector(["/": directory(), "/etc": directory()])
    #expect(
      ScriptSecurity.problem(of: "/etc/no", as: .root, in: files)
        == .unreachable(path: "/etc/no", component: "/etc/no", errno: 2))
    #expect(
      ScriptSecurity.problem(of: "/no/no", as: .root, in: files)
        == .unreachable(path: "/no/no", component: "/no", errno: 2))
    #expect(ScriptSecurity.problem(of: "check.sh", as: .root, in: files) == .notAbsolute(path: "check.sh"))
    #expect(ScriptSecurity.problem(of: "", as: .root, in: files) == .notAbsolute(path: ""))
    #expect(ScriptSecurity.problem(of: "/etc", as: .root, in: files) == .notRegular(path: "/etc"))
    #expect(problem(script: FileStatus(kind: .other, uid: 0, gid: 0, mode: 0o755)) == .notRegular(path: Self.path))
  }

  @Test func executePermissionFollowsTheKernelsRule() {
    let friend = ScriptUser(uid: 1000, gid: 1000, supplementaryGroups: [5])
    let cases: [(mode: UInt32, uid: UInt32, gid: UInt32, user: ScriptUser, runs: Bool)] = [
      (0o644, 0, 0, .root, false), (0o611, 0, 0, .root, true), (0o700, 0, 0, nobody, false),
      (0o701, 0, 0, nobody, true), (0o710, 0, 5, friend, true), (0o701, 0, 5, friend, false),
      (0o710, 0, 1000, friend, true), (0o077, 1000, 0, friend, false), (0o100, 1000, 0, friend, true),
    ]
    for entry in cases {
      let found = problem(script: file(entry.mode, uid: entry.uid, gid: entry.gid), as: entry.user)
      #expect((found == nil) == entry.runs, "\(entry)")
      #expect(found?.isSecurityOnly != true)
    }
    #expect(problem(x: directory(0o700), as: friend)?.isSecurityOnly == false)
    #expect(problem(x: directory(0o000)) == nil, "root needs no permission to search a directory")
  }
}
