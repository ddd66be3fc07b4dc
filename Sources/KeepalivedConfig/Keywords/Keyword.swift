public import NetPrimitives

/// One row of the keyword table: all that parser, suggestions, manual pages and the migration table know of a keyword.
public struct Keyword: Hashable, Sendable {
  /// Where the keyword stands.
  public let block: Block
  /// The keyword.
  public let name: String
  /// Other spellings of it.
  public let aliases: [String]
  /// What follows it.
  public let arguments: ArgumentShape
  /// What holds where it is not given; empty where there is nothing to say.
  public let defaultValue: String
  /// What it means, in one line.
  public let meaning: String
  /// What Baton makes of it.
  public let status: KeywordStatus

  /// What it means that the keyword is given, but cannot be used.
  var consequenceOfLoss: Consequence {
    guard defaultValue.hasPrefix("required") else { return .lineLeftOut }
    switch block {
    case .vrrpInstance: return .startRefused
    case .authentication: return .blockLeftOut
    case .bfdAuthentication: return .objectLeftOut("session")
    case .messageAuthentication: return .objectLeftOut("vrrp_instance")
    default: return .objectLeftOut(block.rawValue)
    }
  }

  /// Whether it is accepted without effect.
  var isSkipped: Bool {
    if case .ignored = status { true } else { false }
  }
}

/// What Baton makes of a keyword.
public enum KeywordStatus: Hashable, Sendable {
  /// It does what it says.
  case supported
  /// It is checked and stands in the model, but has no effect yet.
  case stored
  /// It is accepted without effect, for the reason given.
  case ignored(String)
  /// It is accepted, but its effect is still missing.
  case unsupported
}

/// A kind of block, or of line within a list, with its own keywords.
public enum Block: String, Hashable, Sendable, CaseIterable {
  /// The file itself.
  case root = "the file"
  /// `global_defs`.
  case globalDefinitions = "global_defs"
  /// `bfd_instance`.
  case bfdInstance = "bfd_instance"
  /// `bfd_template`.
  case bfdTemplate = "bfd_template"
  /// `bfd_unsolicited`.
  case bfdUnsolicited = "bfd_unsolicited"
  /// `sbfd_initiator`.
  case sbfdInitiator = "sbfd_initiator"
  /// `sbfd_reflector`.
  case sbfdReflector = "sbfd_reflector"
  /// `vrrp_instance`.
  case vrrpInstance = "vrrp_instance"
  /// `vrrp_sync_group`.
  case syncGroup = "vrrp_sync_group"
  /// `vrrp_script`.
  case vrrpScript = "vrrp_script"
  /// `track_file` at root level.
  case trackFile = "track_file"
  /// `vrrp_track_process`.
  case trackProcess = "vrrp_track_process"
  /// `track_group`.
  case trackGroup = "track_group"
  /// `garp_group`.
  case garpGroup = "garp_group"
  /// `authentication`.
  case authentication = "authentication"
  /// `authentication` in a `bfd_instance`.
  case bfdAuthentication = "authentication of bfd_instance"
  /// `auth_hmac`.
  case messageAuthentication = "auth_hmac"
  /// A line that is an address.
  case address = "an address"
  /// A line that is a route.
  case route = "a route"
  /// A line that is a rule.
  case rule = "a rule"
  /// A line that names something tracked.
  case trackedObject = "a tracked object"
  /// A line that is a unicast peer.
  case unicastPeer = "a unicast peer"
  /// A line of `interface_up_down_delays`.
  case interfaceDelay = "an interface delay"
  /// A line that is a name: a group member, an interface, a mail address.
  case name = "a name"

  /// Whether there are passwords or keys in it.
  var holdsSecrets: Bool {
    switch self {
    case .authentication, .bfdAuthentication, .messageAuthentication: true
    default: false
    }
  }

  /// Whether a block of this kind is a list of lines without keywords of their own.
  public var isList: Bool {
    switch self {
    case .address, .route, .rule, .trackedObject, .unicastPeer, .interfaceDelay, .name: true
    default: false
    }
  }
}

/// What follows a keyword.
public enum ArgumentShape: Hashable, Sendable {
  /// Nothing: the keyword alone means "on".
  case flag
  /// Nothing, or `on`, `off` and their synonyms.
  case optionalBoolean
  /// A whole number.
  case integer(ClosedRange<Int>)
  /// A whole number, or nothing, which means `otherwise`.
  case optionalInteger(ClosedRange<Int>, otherwise: Int)
  /// A decimal number of `unit`s, kept in steps of `step`.
  case interval(ClosedRange<Interval>, unit: TimeUnit, step: Interval)
  /// One word.
  case word
  /// One word that no message may show.
  case secret
  /// A word, then one that no message may show; the keyword may stand several times.
  case numberedSecret
  /// One word or nothing.
  case optionalWord
  /// That many words.
  case words(ClosedRange<Int>)
  /// One of these words.
  case choice([String])
  /// One of these words or nothing.
  case optionalChoice([String])
  /// An IPv4 or IPv6 address.
  case address
  /// An address; a link-local IPv6 one may name its interface behind a `%`.
  case scopedAddress
  /// An address with an optional prefix length.
  case prefix
  /// The name of an interface, at most 15 bytes.
  case interface
  /// A weight from minus to plus this limit, and possibly `reverse`.
  case weight(limit: Int)
  /// A command with its arguments in one word.
  case command
  /// A command with its arguments in one word, then possibly a user and a group.
  case script
  /// A user, then possibly a group.
  case user
  /// A block in braces.
  case block(Block)
  /// A name, then a block in braces.
  case namedBlock(Block)
  /// Anything, with or without a block; nothing of it is looked at.
  case anything
}

/// The unit that a number without unit has.
public enum TimeUnit: String, Hashable, Sendable {
  /// Microseconds.
  case microseconds = "us"
  /// Milliseconds.
  case milliseconds = "ms"
  /// Seconds.
  case seconds = "s"

  /// One of the unit.
  public var interval: Interval {
    switch self {
    case .microseconds: .microseconds(1)
    case .milliseconds: .milliseconds(1)
    case .seconds: .seconds(1)
    }
  }
}

extension ArgumentShape {
  /// Whether the keyword opens a block.
  var opensBlock: Bool {
    switch self {
    case .block, .namedBlock: true
    default: false
    }
  }

  /// Whether the line is split as a shell would.
  var isCommand: Bool { self == .script || self == .command }

  /// How many words may follow the keyword.
  var wordCount: ClosedRange<Int> {
    switch self {
    case .flag, .block: 0...0
    case .optionalBoolean, .optionalInteger, .optionalWord, .optionalChoice: 0...1
    case .integer, .interval, .word, .secret, .choice, .command, .address, .scopedAddress, .prefix, .interface,
      .namedBlock:
      1...1
    case .weight, .user: 1...2
    case .numberedSecret: 2...2
    case .script: 1...3
    case .words(let count): count
    case .anything: 0...Int.max
    }
  }
}

/// All keywords, in the order in which a manual would show them.
public enum KeywordTable {
  /// Every row.
  public static let all: [Keyword] =
    root + globalDefinitions + globalProcess + globalNotification + globalMisplaced + bfdInstance + bfdTemplate
    + bfdUnsolicited + sbfdInitiator + sbfdReflector
    + bfdAuthentication + vrrpInstance + vrrpInstanceTracking + syncGroup + vrrpScript + trackFile + trackProcess
    + groups + authentication + address
    + route + rule + trackedObject

  /// The rows of a block by name and alias.
  private static let index: [Block: [String: Keyword]] = {
    var index: [Block: [String: Keyword]] = [:]
    for keyword in all {
      for name in [keyword.name] + keyword.aliases { index[keyword.block, default: [:]][name] = keyword }
    }
    return index
  }()

  /// The row of `name`, or of what `name` is an alias for, in `block`.
  public static func keyword(_ name: String, in block: Block) -> Keyword? { index[block]?[name] }

  /// Every spelling of every keyword of `block`.
  public static func names(in block: Block) -> [String] { index[block].map { Array($0.keys) } ?? [] }

  /// The blocks that nothing supported opens: that was said of the block, it need not be said of its keywords.
  static let inactiveBlocks: Set<Block> = {
    var openers: [Block: [KeywordStatus]] = [:]
    for row in all {
      switch row.arguments {
      case .block(let inner), .namedBlock(let inner): openers[inner, default: []].append(row.status)
      default: break
      }
    }
    return Set(openers.filter { !$0.value.contains(.supported) }.keys)
  }()

  /// The blocks that know `name`.
  static func blocks(knowing name: String) -> [Block] {
    Block.allCases.filter { !$0.isList && keyword(name, in: $0) != nil }
  }
}
