import BFDCore
import KeepalivedConfig
import NetPrimitives
import ScriptHelper

/// One BFD session as the configuration wants it.
struct SessionPlan: Hashable {
  /// What makes two sessions the same across a reload, whatever else changes. The name does not: a renamed session
  /// runs on.
  struct Key: Hashable {
    let neighbor: IPAddress
    let source: IPAddress?
    let interface: String?
    let vrf: String?
    let kind: PathKind
    /// The reflector's discriminator, of an S-BFD initiator only.
    var remoteDiscriminator: UInt32 = 0
  }

  var name: String
  var key: Key
  let parameters: SessionParameters
  /// The first is used to send; none mean that packets are not authenticated.
  let keys: AuthenticationKeys
  /// TTL or hop limit of what is sent.
  let hopLimit: UInt8
  /// What is sent is marked with this, 0 to 63.
  let dscp: UInt8
  /// The UDP payload of what is sent, in bytes (RFC 9764); `nil` where packets are not padded.
  let paddedPDUSize: Int?
  /// Whether the configuration holds it in AdminDown.
  let isAdminDown: Bool
  /// Whether its changes of state are logged.
  let logsStateChanges: Bool
  /// The scripts that are told about its changes of state.
  let notifications: SessionNotifications

  /// The session that `instance` describes; `resolve` gives its scripts their users. Throws where a key cannot be used:
  /// without it the session must not run.
  init(
    _ instance: BFDInstance, resolve: (KeepalivedConfig.ScriptCommand) -> ScriptHelper.ScriptCommand? = { _ in nil }
  ) throws(AuthenticationKeyError) {
    name = instance.name
    key = Key(
      neighbor: instance.neighbor, source: instance.source, interface: instance.interface, vrf: instance.vrf,
      kind: PathKind(instance), remoteDiscriminator: instance.remoteDiscriminator ?? 0)
    // Packets of an unaffiliated echo session are echo packets, and their interval is the one of those where it is given.
    let interval = instance.unaffiliatedEcho ? instance.echoTX ?? instance.desiredMinTX : instance.desiredMinTX
    parameters = SessionParameters(
      desiredMinTxInterval: interval, requiredMinRxInterval: instance.requiredMinRX,
      idleTxInterval: instance.idleTX, detectMultiplier: instance.multiplier, isPassive: instance.passive,
      minimumHopLimit: instance.minimumReceivedTTL, remoteDiscriminator: instance.remoteDiscriminator ?? 0,
      requiredMinEchoRxInterval: instance.requiredMinEchoRX ?? .zero,
      echoTxInterval: instance.echoTX, demandPollInterval: instance.demand ? instance.demandPollInterval : nil)
    keys = try instance.authentication.map { (key) throws(AuthenticationKeyError) in
      try AuthenticationKey(type: AuthenticationType(key.kind), id: key.keyID, secret: key.key)
    }
    hopLimit = instance.ttl
    dscp = instance.dscp
    paddedPDUSize = instance.paddedPDUSize
    isAdminDown = instance.adminDown
    logsStateChanges = instance.logStateChanges
    notifications = SessionNotifications(instance.notify, resolve: resolve)
  }
}

extension PathKind {
  init(_ instance: BFDInstance) {
    self =
      if instance.remoteDiscriminator != nil {
        .seamless
      } else if instance.unaffiliatedEcho {
        .unaffiliatedEcho
      } else {
        instance.multihop ? .multihop : .singleHop
      }
  }
}

extension SessionPlan {
  /// Whether it needs the echo port.
  var usesEcho: Bool {
    switch key.kind {
    case .unaffiliatedEcho: true
    case .multihop, .seamless: false
    case .singleHop: parameters.echoTxInterval != nil || parameters.requiredMinEchoRxInterval > .zero
    }
  }
}

extension AuthenticationType {
  init(_ kind: BFDAuthentication.Kind) {
    self =
      switch kind {
      case .simplePassword: .simplePassword
      case .keyedMD5: .keyedMD5
      case .meticulousKeyedMD5: .meticulousKeyedMD5
      case .keyedSHA1: .keyedSHA1
      case .meticulousKeyedSHA1: .meticulousKeyedSHA1
      case .frrHMACSHA1: .frrHMACSHA1
      }
  }
}

/// What a reload has to do: the difference between the sessions that run and those that are wanted.
struct SessionDifference: Equatable {
  /// Running sessions that are not wanted any more.
  var removed: [SessionPlan.Key] = []
  /// Sessions that run and are wanted otherwise.
  var changed: [SessionPlan] = []
  /// Sessions that are new.
  var added: [SessionPlan] = []

  init(from old: [SessionPlan], to new: [SessionPlan]) {
    let running = Dictionary(old.map { ($0.key, $0) }) { first, _ in first }
    let wanted = Set(new.map(\.key))
    removed = old.map(\.key).filter { !wanted.contains($0) }
    for plan in new {
      switch running[plan.key] {
      case nil: added.append(plan)
      case plan: break
      default: changed.append(plan)
      }
    }
  }
}
