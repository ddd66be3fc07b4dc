import NetPrimitives

extension Resolver {
  mutating func resolveGlobals() {
    var global = GlobalDefinitions()
    global.routerID = globals.word("router_id")
    global.networkNamespace = root.word("net_namespace") ?? globals.word("net_namespace")
    global.instanceName = root.word("instance") ?? globals.word("instance")
    if case .user(let user)? = globals.value("script_user") { global.scriptUser = user }
    global.scriptSecurity = globals.flag("enable_script_security") ?? false
    global.refusesErrors = globals.flag("config_strict") ?? false
    global.commonBFDIntervals = globals.flag("bfd_common_intervals") ?? false
    configuration.global = global
    resolveFileMask()
    checkScriptUser()
    resolveProcesses()
    resolveTiming()
    resolveNotification()
    resolveGroups()
  }

  private func checkScriptUser() {
    guard let user = configuration.global.scriptUser else { return }
    checkUser(user, at: globals.position(of: "script_user"))
  }

  /// Reports a user or group that does not exist.
  func checkUser(_ user: ScriptUser, at position: Position) {
    guard let problem = source.userProblem(user) else { return }
    findings.error(position, "\(problem): what is to run as this user does not run", .scriptDisabled)
  }

  /// An octal number, or names of permission bits with `|` between them: `IRUSR | IWGRP`.
  private mutating func resolveFileMask() {
    guard let words = globals.words("umask") else { return }
    let text = words.map(\.text).joined()
    if let number = UInt32(text, radix: 8), number <= 0o777 {
      configuration.global.fileMask = number
      return
    }
    var mask: UInt32 = 0
    for name in text.split(separator: "|", omittingEmptySubsequences: false) {
      guard let bits = Self.permissionBits[String(name)] else {
        findings.error(
          words[0].position,
          "a umask is an octal number up to 777, or bits such as IRUSR | IWGRP, not '\(text)'",
          .replaced(with: "0177"))
        return
      }
      mask |= bits
    }
    configuration.global.fileMask = mask
  }

  private static let permissionBits: [String: UInt32] = [
    "IRUSR": 0o400, "IWUSR": 0o200, "IXUSR": 0o100, "IRWXU": 0o700, "IRGRP": 0o040, "IWGRP": 0o020, "IXGRP": 0o010,
    "IRWXG": 0o070, "IROTH": 0o004, "IWOTH": 0o002, "IXOTH": 0o001, "IRWXO": 0o007,
  ]

  private mutating func resolveProcesses() {
    let named = globals.mentions("process_names")
    let all = globals.word("process_name")
    configuration.global.vrrpProcessName = processName("vrrp_process_name") ?? all ?? (named ? "keepalived_vrrp" : nil)
    configuration.global.bfdProcessName = processName("bfd_process_name") ?? all ?? (named ? "keepalived_bfd" : nil)
    configuration.global.vrrpScheduling = scheduling(of: "vrrp")
    configuration.global.bfdScheduling = scheduling(of: "bfd")
  }

  /// The kernel keeps 15 bytes of a process's name.
  private func processName(_ keyword: String) -> String? {
    guard let name = globals.word(keyword) else { return nil }
    guard name.utf8.count > 15 else { return name }
    let short = String(decoding: name.utf8.prefix(15), as: UTF8.self)
    findings.warning(globals.position(of: keyword), "'\(name)' is cut to 15 bytes: '\(short)'")
    return short
  }

  private func scheduling(of process: String) -> ProcessScheduling {
    var scheduling = ProcessScheduling()
    scheduling.niceness = globals.integer("\(process)_priority")
    scheduling.lockMemory = globals.flag("\(process)_no_swap") ?? false
    scheduling.realTimePriority = globals.integer("\(process)_rt_priority")
    scheduling.realTimeLimit = globals.interval("\(process)_rlimit_rttime")
    for word in globals.words("\(process)_cpu_affinity") ?? [] {
      if let number = decimalInteger(word.text), (0...4_095).contains(number) {
        scheduling.processors.append(number)
      } else {
        findings.error(word.position, "'\(word.text)' is no CPU number", .wordLeftOut)
      }
    }
    return scheduling
  }

  private mutating func resolveTiming() {
    configuration.global.startupDelay = globals.interval("vrrp_startup_delay") ?? .zero
    configuration.global.delayAfterBoot = globals.interval("vrrp_delay_after_boot") ?? .zero
    configuration.global.garpInterval = globals.interval("vrrp_garp_interval") ?? .zero
    configuration.global.gnaInterval = globals.interval("vrrp_gna_interval") ?? .zero
    configuration.global.defaultInterface = globals.word("default_interface") ?? "eth0"
    configuration.global.dynamicInterfaces = globals.mentions("dynamic_interfaces")
    configuration.global.logUnknownVRIDs = globals.flag("log_unknown_vrids") ?? false
    if let table = globals.word("nftables"), !table.isEmpty { configuration.global.firewallTable = table }
    configuration.global.firewallPriority = globals.integer("nftables_priority") ?? -1
    configuration.global.virtualMACPrefix = globals.word("vmac_prefix") ?? "vrrp"
    for (keyword, family) in [("vrrp_mcast_group4", AddressFamily.ipv4), ("vrrp_mcast_group6", .ipv6)] {
      guard let group = globals.address(keyword) else { continue }
      if group.family != family || !group.isMulticast {
        findings.error(globals.position(of: keyword), "'\(group)' is no \(family.name) multicast address")
        unusableGroups.insert(family)
      }
    }
  }

  private mutating func resolveNotification() {
    configuration.global.notificationEmail = globals.lines(of: "notification_email").map { $0[0].text }
    configuration.global.notificationEmailFrom = globals.word("notification_email_from")
    configuration.global.noEmailFaults = globals.flag("no_email_faults") ?? false
    configuration.global.smtpHeloName = globals.word("smtp_helo_name")
    // keepalived takes 0 for the shortest time it can wait.
    configuration.global.smtpConnectTimeout = max(globals.interval("smtp_connect_timeout") ?? .seconds(30), .seconds(1))
    if let words = globals.words("smtp_server") {
      configuration.global.smtpServer = words[0].text
      if words.count > 1 {
        if let port = decimalInteger(words[1].text).flatMap(UInt16.init(exactly:)), port > 0 {
          configuration.global.smtpPort = port
        } else {
          configuration.global.smtpServer = nil
          findings.error(words[1].position, "a port is a whole number from 1 to 65535, not '\(words[1].text)'")
        }
      }
    }
    configuration.global.notifyFIFO = fifo("notify_fifo")
    configuration.global.vrrpNotifyFIFO = fifo("vrrp_notify_fifo")
    configuration.global.jsonNotifyFIFO = fifo("vrrp_notify_fifo_json")
    configuration.global.writeStatesToFIFOOnReload = globals.flag("fifo_write_vrrp_states_on_reload") ?? false
    configuration.global.startupScript = script("startup_script", in: globals)
    configuration.global.startupScriptTimeout = globals.interval("startup_script_timeout") ?? .seconds(10)
    configuration.global.shutdownScript = script("shutdown_script", in: globals)
    configuration.global.shutdownScriptTimeout = globals.interval("shutdown_script_timeout") ?? .seconds(10)
  }

  private func fifo(_ keyword: String) -> NotifyFIFO? {
    guard let words = globals.words(keyword) else { return nil }
    let owner = words.count > 1 ? ScriptUser(Array(words.dropFirst())) : nil
    if let owner { checkUser(owner, at: words[1].position) }
    return NotifyFIFO(path: words[0].text, owner: owner, script: script("\(keyword)_script", in: globals))
  }

  private mutating func resolveGroups() {
    defer { findings.block = nil }
    for block in root.blocks("garp_group") {
      findings.block = BlockName(keyword: "garp_group", name: "")
      var group = GratuitousGroup(location: findings.location(block.position))
      group.garpInterval = block.interval("garp_interval") ?? .zero
      group.gnaInterval = block.interval("gna_interval") ?? .zero
      group.interfaces = (block.word("interface").map { [$0] } ?? []) + block.lines(of: "interfaces").map { $0[0].text }
      configuration.gratuitousGroups.append(group)
    }
    findings.block = BlockName(keyword: "interface_up_down_delays", name: "")
    for line in root.lines(of: "interface_up_down_delays") {
      let delays = line.dropFirst().compactMap { decimalInterval($0.text, unit: .seconds) }
      guard (1...2).contains(delays.count), delays.count == line.count - 1, delays.allSatisfy({ $0 <= .seconds(255) })
      else {
        // keepalived has no complaint where only their number is wrong.
        let kind: Diagnostic.Kind = delays.count == line.count - 1 ? .warning : .error
        let end = kind == .warning ? ": the line has no effect" : ""
        findings.add(
          kind, line[0].position, "a line here is: INTERFACE DOWN [UP], in seconds from 0 to 255\(end)")
        continue
      }
      configuration.interfaceDelays.append(
        InterfaceDelay(
          interface: line[0].text, down: delays[0], up: delays.count > 1 ? delays[1] : .zero,
          location: findings.location(line[0].position)))
    }
  }
}

extension AddressFamily {
  /// `IPv4` or `IPv6`.
  var name: String { self == .ipv4 ? "IPv4" : "IPv6" }
}
