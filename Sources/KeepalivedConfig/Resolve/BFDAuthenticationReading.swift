import NetPrimitives

/// The keys of a `bfd_instance`. A key that cannot be used is an error: the session must not run without it. No finding
/// says anything of a key but its length.
extension Resolver {
  /// The usable ones of all `authentication` blocks, in their order.
  func authentication(_ block: ParsedBlock) -> [BFDAuthentication] {
    var result: [BFDAuthentication] = []
    for inner in block.blocks("authentication") {
      guard let entry = authenticationEntry(inner) else { continue }
      guard !result.contains(where: { $0.keyID == entry.keyID && $0.kind.onTheWire == entry.kind.onTheWire }) else {
        findings.error(
          inner.position(of: "key_id"), "there is a key \(entry.keyID) for \(entry.kind.onTheWire.rawValue) already")
        continue
      }
      result.append(entry)
    }
    return result
  }

  private func authenticationEntry(_ block: ParsedBlock) -> BFDAuthentication? {
    for keyword in ["type", "key_id"] where !block.mentions(keyword) {
      findings.error(block.position, "authentication has no \(keyword)")
    }
    guard block.mentions("key") != block.mentions("key_file") else {
      findings.error(
        block.position,
        block.mentions("key") ? "key and key_file exclude each other" : "authentication has no key and no key_file")
      return nil
    }
    guard let kind = block.word("type").flatMap(BFDAuthentication.Kind.init), let id = block.integer("key_id") else {
      return nil
    }
    guard let key = block.mentions("key") ? inlineKey(block) : fileKey(block) else { return nil }
    let position = block.position(of: block.mentions("key") ? "key" : "key_file")
    guard source.readsKeyFiles || block.mentions("key") else {
      return BFDAuthentication(kind: kind, keyID: UInt8(clamping: id), key: key)
    }
    guard (1...kind.maximumKeyLength).contains(key.bytes.count) else {
      findings.error(
        position,
        "the key has \(key.bytes.count) bytes; \(kind.rawValue) takes 1 to \(kind.maximumKeyLength)")
      return nil
    }
    return BFDAuthentication(kind: kind, keyID: UInt8(clamping: id), key: key)
  }

  /// `key`: text, or `hex:` and pairs of hexadecimal digits.
  private func inlineKey(_ block: ParsedBlock) -> Secret? {
    guard let key = block.secret("key") else { return nil }
    guard key.bytes.starts(with: "hex:".utf8) else { return key }
    guard let bytes = hexadecimal(key.bytes.dropFirst(4)) else {
      findings.error(block.position(of: "key"), "behind 'hex:' a key has an even number of hexadecimal digits only")
      return nil
    }
    return Secret(bytes)
  }

  private func hexadecimal(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
    let values = digits.compactMap { Character(UnicodeScalar($0)).hexDigitValue.map(UInt8.init(clamping:)) }
    guard values.count == digits.count, values.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
  }

  /// `key_file`: all of the file but one line end. A bare name is that of a systemd credential.
  private func fileKey(_ block: ParsedBlock) -> Secret? {
    guard let name = block.word("key_file") else { return nil }
    guard source.readsKeyFiles else { return Secret([]) }
    let position = block.position(of: "key_file")
    guard let path = keyPath(name, position) else { return nil }
    do throws(FileProblem) {
      var bytes = try source.readFile(path, 4_096).bytes
      if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
      if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
      return Secret(bytes)
    } catch {
      findings.error(position, "\(path): \(error == .tooLong ? "too long for a key" : error.description)")
      return nil
    }
  }

  private func keyPath(_ name: String, _ position: Position) -> String? {
    guard !name.hasPrefix("/") else { return name }
    guard !name.isEmpty, !name.contains("/"), name != ".", name != ".." else {
      findings.error(position, "'key_file' is an absolute path or the name of a systemd credential, not '\(name)'")
      return nil
    }
    guard let directory = source.environment("CREDENTIALS_DIRECTORY"), !directory.isEmpty else {
      findings.error(
        position, "'\(name)' is a systemd credential, but there are none here ($CREDENTIALS_DIRECTORY is not set)")
      return nil
    }
    return "\(directory)/\(name)"
  }
}
