import NetPrimitives

/// Scripts, files and processes, and the lines that name them.
extension Resolver {
  mutating func resolveScript(_ block: ParsedBlock) {
    guard var command = script("script", in: block) else {
      if !block.mentions("script") {
        findings.error(
          block.name.position, "vrrp_script '\(block.name.text)' has no script", .objectLeftOut("vrrp_script"))
      }
      return
    }
    if case .user(let user)? = block.value("user") {
      command.user = user
      checkUser(user, at: block.position(of: "user"))
    }
    var script = VRRPScript(name: block.name.text, command: command, location: findings.location(block.position))
    script.interval = block.interval("interval") ?? script.interval
    let timeout = block.interval("timeout")
    // keepalived takes 0 for one second here.
    script.timeout = timeout == .zero ? .seconds(1) : timeout ?? script.interval
    script.weight = block.weight("weight") ?? .fault
    script.rise = block.integer("rise") ?? 1
    script.fall = block.integer("fall") ?? 1
    script.initFail = block.flag("init_fail") ?? false
    configuration.scripts.append(script)
  }

  mutating func resolveTrackFile(_ block: ParsedBlock) {
    guard let path = block.word("file") else {
      if !block.mentions("file") {
        findings.error(block.name.position, "track_file '\(block.name.text)' has no file", .objectLeftOut("track_file"))
      }
      return
    }
    var file = TrackFile(name: block.name.text, path: path, location: findings.location(block.position))
    file.weight = block.weight("weight") ?? TrackWeight(1)
    if let words = block.words("init_file") {
      file.initialValue = 0
      for word in words {
        if word.text == "overwrite" {
          file.overwrites = true
        } else if let number = integerWithPrefix(word.text) {
          file.initialValue = number
        } else {
          findings.error(
            word.position, "'init_file' is followed by a number and 'overwrite', not '\(word.text)'", .wordLeftOut)
        }
      }
    }
    configuration.trackFiles.append(file)
  }

  mutating func resolveTrackProcess(_ block: ParsedBlock) {
    guard let words = block.words("process") else {
      if !block.mentions("process") {
        findings.error(
          block.name.position, "vrrp_track_process '\(block.name.text)' has no process",
          .objectLeftOut("vrrp_track_process"))
      }
      return
    }
    var process = TrackProcess(
      name: block.name.text, command: words.map(\.text), location: findings.location(block.position))
    process.parameterMatch =
      switch block.word("param_match") {
      case nil: nil
      case "initial": .initial
      case "partial": .partial
      default: .exact
      }
    process.fullCommand = block.flag("full_command") ?? false
    process.weight = block.weight("weight") ?? .fault
    process.quorum = block.integer("quorum") ?? 1
    process.quorumMaximum = block.integer("quorum_max")
    if let maximum = process.quorumMaximum, maximum < process.quorum, maximum > 0 {
      findings.error(block.position(of: "quorum_max"), "quorum_max is less than quorum \(process.quorum)")
      process.quorumMaximum = nil
    }
    process.forkDelay = block.interval("fork_delay") ?? block.interval("delay") ?? .zero
    process.terminateDelay = block.interval("terminate_delay") ?? block.interval("delay") ?? .zero
    configuration.trackProcesses.append(process)
  }

  /// Notes the weights that tracked objects have where they are declared.
  mutating func collectWeights() {
    declaredWeights["vrrp_script"] = weights(configuration.scripts, \.name, \.weight)
    declaredWeights["track_file"] = weights(configuration.trackFiles, \.name, \.weight)
    declaredWeights["vrrp_track_process"] = weights(configuration.trackProcesses, \.name, \.weight)
    declaredWeights["bfd_instance"] = weights(configuration.bfdInstances, \.name, \.weight)
  }

  private func weights<Object>(
    _ objects: [Object], _ name: KeyPath<Object, String>, _ weight: KeyPath<Object, TrackWeight>
  ) -> [String: TrackWeight] {
    Dictionary(objects.map { ($0[keyPath: name], $0[keyPath: weight]) }) { first, _ in first }
  }

  /// Everything that an instance or group tracks.
  mutating func tracking(of block: ParsedBlock) -> Tracking {
    var tracking = Tracking()
    tracking.interfaces = tracked("track_interface", in: block, declaredBy: nil, limit: 253)
    tracking.scripts = tracked("track_script", in: block, declaredBy: "vrrp_script", limit: 253)
    tracking.files = tracked("track_file", in: block, declaredBy: "track_file", limit: 254)
    tracking.processes = tracked("track_process", in: block, declaredBy: "vrrp_track_process", limit: 254)
    tracking.bfd = tracked("track_bfd", in: block, declaredBy: "bfd_instance", limit: 253)
    referencedScripts.formUnion(tracking.scripts.map(\.name))
    return tracking
  }

  private func tracked(
    _ keyword: String, in block: ParsedBlock, declaredBy declaration: String?, limit: Int
  ) -> [TrackedObject] {
    let weights = declaration.flatMap { declaredWeights[$0] } ?? [:]
    return unique(block.lines(of: keyword), keyword).compactMap { line in
      let options = LineOptions(line.dropFirst(), of: .trackedObject, findings)
      let name = line[0].text
      if let declaration {
        guard declared[declaration]?.contains(name) == true else {
          let hint = suggestion(for: name, among: Array(declared[declaration] ?? []))
          findings.error(
            line[0].position, "there is no \(declaration) '\(name)'" + (hint.map { " (did you mean '\($0)'?)" } ?? ""))
          return nil
        }
        // A session that is left out never comes up: what tracks it waits for it, as in keepalived.
        guard weights[name] != nil || declaration == "bfd_instance" else { return nil }
      } else if !isInterfaceName(name) {
        findings.error(line[0].position, "'\(name)' is no interface name: at most 15 bytes, no '/'")
        return nil
      }
      var weight = options.weight("weight") ?? weights[name] ?? .fault
      if abs(weight.value) > limit {
        findings.error(
          options.position(of: "weight") ?? line[0].position,
          "a weight in '\(keyword)' is from -\(limit) to \(limit), not \(weight.value)", .wordLeftOut)
        weight = weights[name] ?? .fault
      }
      return TrackedObject(name: name, weight: weight, location: findings.location(line[0].position))
    }
  }

  /// keepalived removes a script that nothing tracks; it is never run.
  mutating func dropUnreferencedScripts() {
    let usable = Set(configuration.scripts.map(\.name)).subtracting(referencedScripts)
    for block in root.blocks("vrrp_script") where usable.contains(block.name.text) {
      findings.warning(
        block.name.position, "vrrp_script '\(block.name.text)' is not tracked by any instance: it is never run")
    }
    configuration.scripts.removeAll { !referencedScripts.contains($0.name) }
  }
}
