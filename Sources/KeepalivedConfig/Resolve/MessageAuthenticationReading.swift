import NetPrimitives

/// `auth_hmac` of a `vrrp_instance`. What cannot be used is an error: an instance without the authentication it is asked
/// for would become master beside those that have it.
extension Resolver {
  func hmac(_ block: ParsedBlock, _ instance: VRRPInstance) -> VRRPMessageAuthentication? {
    var result = VRRPMessageAuthentication()
    for words in block.lines { readKey(words, into: &result) }
    guard let active = block.integer("active_key") else {
      findings.error(
        block.position, "auth_hmac has no \(block.mentions("active_key") ? "usable " : "")active_key",
        .objectLeftOut("vrrp_instance"))
      return nil
    }
    result.activeKey = UInt8(clamping: active)
    if result.keys[result.activeKey] == nil {
      findings.error(
        block.position(of: "active_key"), "there is no usable key \(active)", .objectLeftOut("vrrp_instance"))
    }
    result.mode = block.word("mode").flatMap(VRRPMessageAuthentication.Mode.init) ?? .enforce
    result.monotonicReplayProtection = block.word("anti_replay") == "monotonic"
    let ordinary = (instance.advertisementInterval * 3).rounded(upTo: .seconds(1))
    result.timeWindow = block.interval("time_window") ?? min(max(ordinary, .seconds(5)), .seconds(300))
    return result
  }

  /// `key ID VALUE`. What follows `key` may have been swapped, so neither is shown.
  private func readKey(_ words: [Word], into result: inout VRRPMessageAuthentication) {
    guard let number = decimalInteger(words[0].text), (1...255).contains(number) else {
      return findings.error(words[0].position, "a key id is a whole number from 1 to 255")
    }
    let position = words[1].position
    guard result.keys[UInt8(number)] == nil else {
      return findings.error(position, "there is a key \(number) already")
    }
    guard let key = key(words[1].text, position) else { return }
    guard (32...64).contains(key.bytes.count) || key.bytes.isEmpty && !source.keyFiles.contains(.vrrp) else {
      return findings.error(position, "a key has 32 to 64 bytes, and this one \(key.bytes.count)")
    }
    result.keys[UInt8(number)] = key
  }

  /// Text, `hex:` and digits, or `file:` and a path with either in it.
  private func key(_ text: String, _ position: Position) -> Secret? {
    guard text.hasPrefix("file:") else { return plainKey(Array(text.utf8), position) }
    guard source.keyFiles.contains(.vrrp) else { return Secret([]) }
    return contentsOfKeyFile(String(text.dropFirst(5)), saidBy: "file:", position).flatMap { plainKey($0, position) }
  }
}
