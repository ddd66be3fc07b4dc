import NetPrimitives

/// The keys of a `bfd_instance`. A key that cannot be used is an error: the session must not run without it. No finding
/// says anything of a key but its length.
extension Resolver {
  /// The usable ones of all `authentication` blocks, in their order.
  func authentication(_ block: ParsedBlock) -> [BFDAuthentication] {
    var result: [BFDAuthentication] = []
    for inner in block.blocks("authentication") {
      guard let entry = authenticationEntry(inner) else {
        // Without the key that it is to have the session would take packets from anybody.
        findings.leaveOutObject()
        continue
      }
      guard !result.contains(where: { $0.keyID == entry.keyID && $0.kind.onTheWire == entry.kind.onTheWire }) else {
        findings.error(
          inner.position(of: "key_id"), "there is a key \(entry.keyID) for \(entry.kind.onTheWire.rawValue) already",
          .blockLeftOut)
        continue
      }
      result.append(entry)
    }
    return result
  }

  private func authenticationEntry(_ block: ParsedBlock) -> BFDAuthentication? {
    for keyword in ["type", "key_id"] where !block.mentions(keyword) {
      findings.error(block.position, "authentication has no \(keyword)", .objectLeftOut("session"))
    }
    guard block.mentions("key") != block.mentions("key_file") else {
      findings.error(
        block.position,
        block.mentions("key") ? "key and key_file exclude each other" : "authentication has no key and no key_file",
        .objectLeftOut("session"))
      return nil
    }
    guard let kind = block.word("type").flatMap(BFDAuthentication.Kind.init), let id = block.integer("key_id") else {
      return nil
    }
    guard let key = block.mentions("key") ? inlineKey(block) : fileKey(block) else { return nil }
    let position = block.position(of: block.mentions("key") ? "key" : "key_file")
    guard source.keyFiles.contains(.bfd) || block.mentions("key") else {
      return BFDAuthentication(kind: kind, keyID: UInt8(clamping: id), key: key)
    }
    guard (1...kind.maximumKeyLength).contains(key.bytes.count) else {
      findings.error(
        position,
        "the key has \(key.bytes.count) bytes; \(kind.rawValue) takes 1 to \(kind.maximumKeyLength)",
        .objectLeftOut("session"))
      return nil
    }
    return BFDAuthentication(kind: kind, keyID: UInt8(clamping: id), key: key)
  }

  /// `key`: text, or `hex:` and pairs of hexadecimal digits.
  private func inlineKey(_ block: ParsedBlock) -> Secret? {
    guard let key = block.secret("key") else { return nil }
    return plainKey(key.bytes, block.position(of: "key"))
  }

  /// `key_file`: all of the file but one line end. A bare name is that of a systemd credential.
  private func fileKey(_ block: ParsedBlock) -> Secret? {
    guard let name = block.word("key_file") else { return nil }
    guard source.keyFiles.contains(.bfd) else { return Secret([]) }
    return contentsOfKeyFile(name, saidBy: "key_file", block.position(of: "key_file")).map { Secret($0) }
  }
}
