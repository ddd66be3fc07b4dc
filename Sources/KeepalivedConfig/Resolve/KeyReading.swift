import NetPrimitives

/// Keys as they are written, and files that hold them. No finding says anything of a key but its length.
extension Resolver {
  /// Text, or `hex:` and pairs of hexadecimal digits; `nil` and a finding where these are none.
  func plainKey(_ text: [UInt8], _ position: Position) -> Secret? {
    guard text.starts(with: "hex:".utf8) else { return Secret(text) }
    guard let bytes = hexadecimal(text.dropFirst(4)) else {
      findings.error(position, "behind 'hex:' a key has an even number of hexadecimal digits only")
      return nil
    }
    return Secret(bytes)
  }

  private func hexadecimal(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
    let values = digits.compactMap { Character(UnicodeScalar($0)).hexDigitValue.map(UInt8.init(clamping:)) }
    guard values.count == digits.count, values.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
  }

  /// All of a file but one line end. A bare name is that of a systemd credential. `keyword` is who names the file.
  func contentsOfKeyFile(_ name: String, saidBy keyword: String, _ position: Position) -> [UInt8]? {
    guard let path = keyPath(name, keyword, position) else { return nil }
    do throws(FileProblem) {
      let file = try source.readFile(path, 4_096)
      if file.isReadableByOthers {
        findings.warning(position, "every user may read this file, which holds a key (chmod o-r)")
      }
      var bytes = file.bytes
      if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
      if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
      return bytes
    } catch {
      findings.error(position, "\(path): \(error == .tooLong ? "too long for a key" : error.description)")
      return nil
    }
  }

  private func keyPath(_ name: String, _ keyword: String, _ position: Position) -> String? {
    guard !name.hasPrefix("/") else { return name }
    guard !name.isEmpty, !name.contains("/"), name != ".", name != ".." else {
      findings.error(
        position, "'\(keyword)' is an absolute path or the name of a systemd credential, not '\(name)'")
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
