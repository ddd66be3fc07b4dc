import DaemonRuntime
import Foundation
import KeepalivedConfig
import ScriptHelper
import Testing

/// Configurations and scripts as real files.
@Suite struct ConfigurationLoaderTests {
  private let directory: String
  private let source = ConfigurationSource.system(identifier: "here")

  init() throws {
    directory = NSTemporaryDirectory() + "baton-loader-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory + "/more", withIntermediateDirectories: true)
  }

  private func write(_ text: String, to name: String, mode: Int = 0o644) throws {
    let path = "\(directory)/\(name)"
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  private func load() throws -> LoadedConfiguration {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    return try Configuration.load(path: "\(directory)/main.conf", from: source)
  }

  @Test func includesComeFromTheDirectoryOfTheFile() throws {
    try write("include more/*.conf\n@here bfd_instance c { neighbor_ip 192.0.2.3 }\n", to: "main.conf")
    try write("bfd_instance b { neighbor_ip 192.0.2.2 }\n", to: "more/2.conf")
    try write("bfd_instance a { neighbor_ip 192.0.2.1 }\n", to: "more/1.conf")
    try write("not read", to: "more/3.txt")
    let loaded = try load()
    #expect(loaded.findings.isEmpty, "\(loaded.findings)")
    #expect(loaded.configuration.bfdInstances.map(\.name) == ["a", "b", "c"])
  }

  @Test func whatIsNoConfigurationIsNotRead() throws {
    try write("include script.conf\ninclude more\ninclude none.conf\n", to: "main.conf")
    try write("bfd_instance a {\n}\n", to: "script.conf", mode: 0o755)
    let loaded = try load()
    #expect(loaded.findings.map(\.kind) == [.error, .warning, .warning])
    #expect(loaded.findings.map(\.location.line) == [1, 2, 3])
  }

  @Test func theMainFileMustBeReadable() throws {
    #expect(throws: FileProblem.missing) { try load() }
    #expect(throws: FileProblem.notRegular) { try Configuration.load(path: "/", from: source) }
  }

  @Test func scriptsAreExaminedOnTheDisk() throws {
    try write("#!/bin/sh\n", to: "open.sh", mode: 0o777)
    try write("text", to: "plain.txt")
    try write(
      """
      global_defs {
        script_user root
        enable_script_security
      }
      vrrp_instance A {
        interface eth0
        virtual_router_id 1
        virtual_ipaddress { 192.0.2.1 }
        notify \(directory)/open.sh
        notify_master \(directory)/plain.txt
        notify_backup \(directory)/none.sh
        notify_stop "true -x"
      }
      """, to: "main.conf")
    let loaded = try load()
    #expect(loaded.findings.map(\.kind) == [.security, .security, .security, .warning], "\(loaded.findings)")
    #expect(loaded.findings.testExitStatus == 6)
    let notify = try #require(loaded.configuration.vrrpInstances.first?.notify)
    // What cannot run now may be able to when it is due; what is insecure is disabled.
    #expect(notify.any?.isDisabled == true && notify.master?.isDisabled == false && notify.backup?.isDisabled == false)
    #expect(notify.stop?.arguments.first?.hasSuffix("/true") == true && notify.stop?.isDisabled == false)
  }

  @Test func namesOfUsersAreLookedUp() throws {
    try write("global_defs { script_user no_such_user_here }\n", to: "main.conf")
    #expect(try load().findings.map(\.kind) == [.error])
    let users = SystemUsers()
    #expect(try users.identity(of: KeepalivedConfig.ScriptUser(name: "root"), scriptSecurity: true).uid == 0)
  }
}
