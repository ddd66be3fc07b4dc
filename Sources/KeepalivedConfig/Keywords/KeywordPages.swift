/// The pages about all keywords, made of the keyword table so that they cannot say anything else.
public enum KeywordPages {
  /// What Baton makes of every keyword of keepalived, as tables in Markdown.
  public static var migration: String {
    var text = ""
    for block in KeywordTable.documentedBlocks {
      text += "### \(block.title)\n\n| keyword | in Baton | why |\n|---|---|---|\n"
      for keyword in KeywordTable.all where keyword.block == block {
        let verdict = keyword.verdict
        text += "| \(keyword.spellings.map { "`\($0)`" }.joined(separator: ", ")) | \(verdict.word) |"
        text += verdict.reason.isEmpty ? " |\n" : " \(verdict.reason.replacing("|", with: "\\|")) |\n"
      }
      text += "\n"
    }
    return text
  }

  /// Every keyword with what follows it, its default and its meaning, as sections of a manual page in mdoc.
  public static var manual: String {
    var text = ""
    for block in KeywordTable.documentedBlocks {
      // "At" and "In" are macros.
      text += ".Ss \\&\(manualText(block.title))\n.Bl -tag -width Ds\n"
      for keyword in KeywordTable.all where keyword.block == block { text += manualItem(keyword) }
      text += ".El\n"
    }
    return text
  }

  private static func manualItem(_ keyword: Keyword) -> String {
    var text = ""
    for spelling in keyword.spellings {
      text += spelling == keyword.name ? ".It Ic \(manualText(spelling))" : " , \(manualText(spelling))"
    }
    if let arguments = keyword.arguments.syntax { text += " Ar \(manualText(arguments))" }
    text += "\n\(manualText(sentence(keyword.meaning)))\n"
    if let range = keyword.arguments.range { text += "\(manualText(sentence(range)))\n" }
    if !keyword.defaultValue.isEmpty { text += "\(manualText("Default: \(keyword.defaultValue)."))\n" }
    switch keyword.status {
    case .supported: break
    case .stored, .unsupported: text += "Accepted, but without effect yet.\n"
    case .ignored(let reason): text += "\(manualText(sentence("ignored: \(reason)")))\n"
    }
    return text
  }

  /// Text at the beginning of a line of mdoc: nothing in it is a request, and a dash is a dash.
  private static func manualText(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "'" where result.isEmpty, "." where result.isEmpty: result += "\\&\(character)"
      default: result.append(character)
      }
    }
    return result
  }

  /// With a capital and a full stop.
  private static func sentence(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : ".")
  }
}

extension KeywordTable {
  /// The blocks that have keywords, in the order in which the table has them.
  fileprivate static var documentedBlocks: [Block] {
    var blocks: [Block] = []
    for keyword in all where !blocks.contains(keyword.block) { blocks.append(keyword.block) }
    return blocks
  }
}

extension Block {
  /// What the section about the block is called.
  fileprivate var title: String {
    switch self {
    case .root: "At root level"
    case .address, .route, .rule, .trackedObject, .unicastPeer, .interfaceDelay, .name: "In the line of \(rawValue)"
    default: "In \(rawValue)"
    }
  }
}

extension Keyword {
  fileprivate var spellings: [String] { [name] + aliases }

  /// What somebody who comes from keepalived wants to know.
  fileprivate var verdict: (word: String, reason: String) {
    switch status {
    case .supported:
      if meaning.hasPrefix(Self.ownMark) { return ("new", String(meaning.dropFirst(Self.ownMark.count))) }
      return KeywordTable.improvement(of: self).map { ("better", $0) } ?? ("same", "")
    case .stored: return ("unsupported", "checked, but without effect yet")
    case .ignored(let reason): return ("ignored", reason)
    case .unsupported: return ("unsupported", "accepted, but without effect yet")
    }
  }

  private static let ownMark = "Baton's own: "
}

extension ArgumentShape {
  /// What follows the keyword, as a synopsis has it; `nil` where nothing does.
  fileprivate var syntax: String? {
    switch self {
    case .flag: nil
    case .optionalBoolean: "[on | off]"
    case .integer: "NUMBER"
    case .optionalInteger: "[NUMBER]"
    case .interval(_, let unit, _):
      switch unit {
      case .seconds: "SECONDS"
      case .milliseconds: "MILLISECONDS"
      case .microseconds: "MICROSECONDS"
      }
    case .word, .secret: "WORD"
    case .numberedSecret: "ID KEY"
    case .optionalWord: "[WORD]"
    case .words(let count): count.lowerBound == 0 ? "[WORD ...]" : count.upperBound == 1 ? "WORD" : "WORD ..."
    case .choice(let choices): choices.joined(separator: " | ")
    case .optionalChoice(let choices): "[\(choices.joined(separator: " | "))]"
    case .address, .scopedAddress: "ADDRESS"
    case .prefix: "ADDRESS[/LENGTH]"
    case .interface: "INTERFACE"
    case .weight: "WEIGHT [reverse]"
    case .command: "COMMAND"
    case .script: "COMMAND [USER [GROUP]]"
    case .user: "USER [GROUP]"
    case .block: "{ ... }"
    case .namedBlock: "NAME { ... }"
    case .anything: "..."
    }
  }

  /// Which values are allowed, where the synopsis does not say that.
  fileprivate var range: String? {
    switch self {
    case .integer, .optionalInteger, .interval, .weight: description
    case .words(let count) where count.lowerBound != count.upperBound: description
    case .interface: "an interface name of at most 15 bytes"
    default: nil
    }
  }
}
