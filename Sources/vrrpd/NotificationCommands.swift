import KeepalivedConfig
import NetPrimitives
import ScriptHelper
import VRRPCore

/// The commands that an instance's notifications run, with their users looked up.
struct NotificationCommands: Equatable {
  /// The first argument that `notify` gets.
  enum Subject: String {
    /// A `vrrp_instance`.
    case instance = "INSTANCE"
    /// A `vrrp_sync_group`.
    case group = "GROUP"
  }

  /// `notify_master` and its like, by event.
  var specific: [VRRPCore.Notification: ScriptHelper.ScriptCommand] = [:]
  /// `notify`.
  var general: ScriptHelper.ScriptCommand?

  /// How long a notification may run. keepalived has no limit; but later notifications of the instance wait for it.
  static let timeout = Interval.seconds(60)

  /// What runs for `notification` of the instance or group `name`, in this order: the event's own script, then `notify` with
  /// type, name, state and priority (keepalived 4.10).
  func commands(
    for notification: VRRPCore.Notification, type: Subject = .instance, name: String, priority: UInt8
  ) -> [ScriptHelper.ScriptCommand] {
    var commands: [ScriptHelper.ScriptCommand] = []
    if let command = specific[notification] { commands.append(command) }
    // keepalived tells notify only about states; MASTER_RX_LOWER_PRI goes to its own script.
    if notification != .masterReceivedLowerPriority, var command = general {
      command.arguments += [type.rawValue, name, notification.rawValue, String(priority)]
      commands.append(command)
    }
    return commands
  }
}

extension NotificationCommands {
  /// The commands of `scripts`, with each user looked up by `resolve`; a script without user is left out.
  init(
    _ scripts: NotifyScripts, resolve: (KeepalivedConfig.ScriptCommand, Interval) -> ScriptHelper.ScriptCommand?
  ) {
    let all: [(VRRPCore.Notification, KeepalivedConfig.ScriptCommand?)] = [
      (.master, scripts.master), (.backup, scripts.backup), (.fault, scripts.fault), (.stop, scripts.stop),
      (.deleted, scripts.deleted),
      (.masterReceivedLowerPriority, scripts.masterReceivedLowerPriority),
    ]
    for case (let notification, let command?) in all {
      specific[notification] = resolve(command, Self.timeout)
    }
    general = scripts.any.flatMap { resolve($0, Self.timeout) }
  }
}
