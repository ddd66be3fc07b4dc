/// Routers that are active together or not at all (`vrrp_sync_group`, keepalived 4.12).
///
/// - A member whose timer ran out waits, its timer running again, until every other member wants to be active, too.
/// - A member that yields to a better router makes all others yield.
/// - A member in fault puts all others in fault.
/// - A member that came into the group while others are active joins them when its timer runs out. Where it hears an active
///   router instead, the others yield.
///
/// The group holds no routers. After anything happened to a member, the driver asks for steps until there is none, and
/// lets the member named by each `follow` it.
public struct SyncGroup: Sendable {
  /// What a member must do so that the group agrees.
  public enum Step: Hashable, Sendable {
    /// Enter or leave the fault of the group.
    case fault(Bool)
    /// Give up being active, or the wish to be.
    case yield
    /// Become active.
    case becomeMaster
  }

  /// What the group needs to know about a member.
  public struct Member: Hashable, Sendable {
    let state: RouterState
    /// It is in fault for a reason that is not the group's.
    let hasOwnFault: Bool
    /// It is in fault because of another member.
    let isHeldInFault: Bool
    /// It gave up being active.
    let hasYielded: Bool
    /// It would be active if the group agreed.
    let wantsToBeMaster: Bool
    /// It listens, and another router is active.
    let hearsActive: Bool
  }

  /// The name of the group.
  public let name: String
  /// The members, by their index in the driver's list.
  public let members: [Int]
  /// The state of the group as a whole: fault if one member is, master or backup if all are. Until they agree, as while
  /// a new member listens, it is what it was.
  public private(set) var state: RouterState

  /// A group of the routers with these indices. `state` is what it was in before it was formed anew.
  public init(name: String, members: [Int], state: RouterState = .initialize) {
    self.name = name
    self.members = members
    self.state = state
  }

  /// The next step and the member that is to follow it; `nil` where all members agree. `member` tells about each.
  public func nextStep(_ member: (Int) -> Member) -> (index: Int, step: Step)? {
    func first(_ condition: (Member) -> Bool) -> Int? { members.first { condition(member($0)) } }
    let faulty = members.filter { member($0).hasOwnFault }
    if let one = faulty.first {
      // Of several that are in fault by themselves each is held by the others: it must not come back for a moment because
      // its own fault is the first to be cured.
      return members.first { !member($0).isHeldInFault && (faulty.count > 1 || $0 != one) }.map { ($0, .fault(true)) }
    }
    if let held = first(\.isHeldInFault) { return (held, .fault(false)) }
    if let yielded = first(\.hasYielded) {
      // The one that began comes last, because with it the group forgets why.
      return (first { $0.state == .master || $0.wantsToBeMaster } ?? yielded, .yield)
    }
    if let active = first({ $0.state == .master }), first(\.hearsActive) != nil { return (active, .yield) }
    guard first({ $0.state != .master && !$0.wantsToBeMaster }) == nil else { return nil }
    return first(\.wantsToBeMaster).map { ($0, .becomeMaster) }
  }

  /// Brings `state` up to date; the new one where it changed.
  public mutating func update(_ member: (Int) -> Member) -> RouterState? {
    let states = Set(members.map { member($0).state })
    guard let new = states.contains(.fault) ? .fault : states.count == 1 ? states.first : nil, new != .initialize,
      new != state
    else { return nil }
    state = new
    return new
  }
}
