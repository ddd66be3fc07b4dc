import LinuxIO

/// Who a control client is, as far as it matters for its place, its turn and its rights.
enum ControlRank: Hashable {
  /// Root or the daemon's own user: may change things.
  case administrator
  /// The other daemon, which failovers depend on.
  case partner
  /// Anyone else of the socket's group.
  case member

  /// Whether nobody else's requests or numbers stand in its way.
  var isPrivileged: Bool { self != .member }
}

/// Why a client gets nothing, as it is told and counted.
enum ControlRefusal: String, CaseIterable {
  /// Its user has as many connections as one user may have.
  case userLimit = "user_limit"
  /// All places for those who may only read are taken.
  case clientLimit = "client_limit"
  /// The process has hardly any file descriptors left.
  case descriptors
  /// Its call was too large.
  case callSize = "call_size"

  /// For the client and the log.
  var reason: String {
    switch self {
    case .userLimit: "one user may have \(ControlPlaces.userLimit) connections"
    case .clientLimit: "all \(ControlPlaces.memberLimit) places are taken"
    case .descriptors: "the last file descriptors are kept for the daemon and its operators"
    case .callSize: "its call was too large"
    }
  }
}

/// The places of a control socket: how many clients are served at once, by user.
///
/// Nobody can take the places of another: each user has a limit, and root, the daemon's own user and the other daemon's
/// user have places of their own. The same holds for file descriptors, of which the last are left to them and to the
/// daemon's own sockets.
struct ControlPlaces {
  /// Places for all who may only read.
  static var memberLimit: Int { 64 }
  /// How many of these one user gets.
  static var userLimit: Int { 16 }
  /// Places for each privileged user.
  static var privilegedLimit: Int { 64 }
  /// The descriptors that members do not get.
  static var reservedDescriptors: Int { 16 }

  private let root: UInt32
  private let ownUser: UInt32
  private let partner: UInt32?
  private let descriptorLimit: Int
  /// Connections by user.
  private var taken: [UInt32: Int] = [:]
  private var members = 0

  /// Places of a daemon that runs as `ownUser` and may open `descriptorLimit` files; `partner` is the other daemon's user,
  /// `root` the one that may do everything.
  init(ownUser: UInt32, partner: UInt32?, descriptorLimit: Int, root: UInt32 = 0) {
    self.root = root
    self.ownUser = ownUser
    self.partner = partner
    self.descriptorLimit = descriptorLimit
  }

  func rank(of user: UInt32) -> ControlRank {
    if user == root || user == ownUser { return .administrator }
    return user == partner ? .partner : .member
  }

  /// Takes a place for a client of `user` whose socket has the number `descriptor`, or says why it gets none. Numbers are
  /// given from the lowest, so that one tells how many are taken.
  mutating func take(user: UInt32, descriptor: Int) -> ControlRefusal? {
    if rank(of: user).isPrivileged {
      guard taken[user, default: 0] < Self.privilegedLimit else { return .userLimit }
    } else {
      guard descriptor < descriptorLimit - Self.reservedDescriptors else { return .descriptors }
      guard taken[user, default: 0] < Self.userLimit else { return .userLimit }
      guard members < Self.memberLimit else { return .clientLimit }
      members += 1
    }
    taken[user, default: 0] += 1
    return nil
  }

  /// Gives back the place of a client of `user`.
  mutating func giveBack(user: UInt32) {
    guard let count = taken[user] else { return }
    taken[user] = count > 1 ? count - 1 : nil
    if !rank(of: user).isPrivileged { members -= 1 }
  }
}
