import BFDCore
import KeepalivedConfig
import NetPrimitives
import ScriptHelper

/// The commands that a session's changes of state run, with their users looked up.
struct SessionNotifications: Hashable {
  /// `notify_up`.
  var up: ScriptHelper.ScriptCommand?
  /// `notify_down`.
  var down: ScriptHelper.ScriptCommand?
  /// `notify`.
  var any: ScriptHelper.ScriptCommand?

  /// How long a script may run: later ones of its session wait for it.
  static let timeout = Interval.seconds(60)

  /// The commands of `scripts`, with each user looked up by `resolve`; a script without user is left out.
  init(_ scripts: BFDNotifyScripts, resolve: (KeepalivedConfig.ScriptCommand) -> ScriptHelper.ScriptCommand?) {
    up = scripts.up.flatMap(resolve)
    down = scripts.down.flatMap(resolve)
    any = scripts.any.flatMap(resolve)
  }

  /// What runs for `change` of the session called `name`, in this order.
  func commands(for change: StateChange, name: String) -> [ScriptHelper.ScriptCommand] {
    var commands: [ScriptHelper.ScriptCommand] = []
    if change.new == .up, let up { commands.append(up) }
    if change.old == .up, let down { commands.append(down) }
    if var any {
      any.arguments += [name, change.new.name, change.diagnostic.description]
      commands.append(any)
    }
    return commands
  }
}
