import NetPrimitives

/// The numbers behind names of tables, protocols, scopes, realms and groups: those that iproute2 has built in, and those of
/// its files in `iproute_etc_dir` and `iproute_usr_dir`.
struct RoutingNames {
  /// A file of names, called as iproute2 calls it.
  enum File: String {
    case tables = "rt_tables"
    case protocols = "rt_protos"
    case scopes = "rt_scopes"
    case realms = "rt_realms"
    case services = "rt_dsfield"
    case groups = "group"
  }

  let source: ConfigurationSource
  /// Where the files are, the most important folder first.
  let folders: [String]

  /// The number that `text` is, or is the name of; `nil` where there is no such name, or the number is too great.
  func number(_ text: String, _ file: File, limit: UInt32 = .max) -> UInt32? {
    // iproute2 reads the numbers of dsfield as hexadecimal, whatever stands before them.
    let prefixed = file == .services && !text.hasPrefix("0x") ? "0x" + text : text
    let number =
      integerWithPrefix(prefixed, as: Int64.self).flatMap(UInt32.init(exactly:)) ?? Self.builtIn(text, file)
      ?? given(text, file)
    return number.flatMap { $0 <= limit ? $0 : nil }
  }

  private static func builtIn(_ name: String, _ file: File) -> UInt32? {
    switch file {
    case .tables: ["default": 253, "main": 254, "local": 255][name]
    case .protocols:
      [
        "unspec": 0, "redirect": 1, "kernel": 2, "boot": 3, "static": 4, "ra": 9, "zebra": 11, "bird": 12, "dhcp": 16,
        "keepalived": 18,
      ][name]
    case .scopes: ["global": 0, "universe": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255][name]
    case .realms: ["cosmos": 0, "unknown": 0][name]
    case .services: ["default": 0][name]
    case .groups: ["default": 0][name]
    }
  }

  /// The number that the files give the name. Each line is a number, decimal or with 0x, and a name.
  private func given(_ name: String, _ file: File) -> UInt32? {
    for folder in folders {
      let paths = ["\(folder)/\(file.rawValue)"] + source.matchPaths("\(folder)/\(file.rawValue).d/*.conf")
      for path in paths {
        guard let contents = try? source.readFile(path, 1 << 20) else { continue }
        for line in String(decoding: contents.bytes, as: UTF8.self).split(separator: "\n") {
          let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
          guard words.count >= 2, words[1] == name else { continue }
          return integerWithPrefix(String(words[0])).flatMap(UInt32.init(exactly:))
        }
      }
    }
    return nil
  }
}
