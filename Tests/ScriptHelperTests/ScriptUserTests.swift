import ScriptHelper
import Testing

@Suite struct ScriptUserTests {
  private func database(default hasDefault: Bool = true) -> UserDatabase {
    UserDatabase(
      user: { name in
        switch name {
        case "web": (uid: 33, gid: 34)
        case ScriptUser.defaultName where hasDefault: (uid: 900, gid: 901)
        default: nil
        }
      },
      group: { $0 == "adm" ? 4 : nil },
      groups: { name, gid in name == "web" ? [gid, 50, 51] : [] })
  }

  @Test func aNameIsLookedUp() throws {
    #expect(try ScriptUser.named("web", in: database()) == ScriptUser(uid: 33, gid: 34))
    #expect(try ScriptUser.named("web", group: "adm", in: database()) == ScriptUser(uid: 33, gid: 4))
    #expect(
      try ScriptUser.named("web", group: "adm", withSupplementaryGroups: true, in: database())
        == ScriptUser(uid: 33, gid: 4, supplementaryGroups: [4, 50, 51]))
    #expect(try ScriptUser.named("1001", group: "77", in: database()) == ScriptUser(uid: 1001, gid: 77))
    #expect(try ScriptUser.named("1001", in: database()) == ScriptUser(uid: 1001, gid: 1001))
  }

  @Test func anUnknownNameIsAnError() {
    #expect(throws: ScriptUserError.unknownUser("wbe")) { try ScriptUser.named("wbe", in: database()) }
    #expect(throws: ScriptUserError.unknownGroup("amd")) {
      try ScriptUser.named("web", group: "amd", in: database())
    }
  }

  @Test func theDefaultDependsOnTheSystemAndOnScriptSecurity() throws {
    let own = ScriptUser(uid: 0, gid: 0)
    for security in [false, true] {
      let user = try ScriptUser.standard(own: own, scriptSecurity: security, in: database())
      #expect(user == ScriptUser(uid: 900, gid: 901))
    }
    #expect(try ScriptUser.standard(own: own, scriptSecurity: false, in: database(default: false)) == own)
    #expect(throws: ScriptUserError.noDefaultUser) {
      try ScriptUser.standard(own: own, scriptSecurity: true, in: database(default: false))
    }
  }
}
