import LinuxIO
import Logging

/// Settings under /proc/sys/net that instances need to be otherwise while they are master. The value before is put back
/// when the last one that needs it is gone.
final class KernelSettings {
  private struct Held {
    let before: String
    let value: String
    var owners: Set<String>
  }

  private let logger: Logger
  private var held: [String: Held] = [:] { didSet { hasChanged = true } }
  /// Whether something else is set, or for somebody else, than when this was last made false.
  var hasChanged = false

  init(logger: Logger) { self.logger = logger }

  /// Sets `path`, relative to /proc/sys/net, to `value` for `owner`. The first of several values for a path holds.
  func hold(_ path: String, _ value: String, owner: String) {
    if held[path] != nil {
      held[path]?.owners.insert(owner)
      // That of an interface that was made anew is what it is by default.
      if let now = self.value(path), now != value { _ = write(path, value) }
      return
    }
    guard let before = self.value(path), before != value, write(path, value) else { return }
    held[path] = Held(before: before, value: value, owners: [owner])
  }

  /// Sets what `wanted` says for `owner`, and puts back what it needed before and does not any more.
  func bring(_ owner: String, to wanted: [String: String]) {
    for (path, value) in wanted.sorted(by: { $0.key < $1.key }) { hold(path, value, owner: owner) }
    release(owner: owner) { wanted[$0] == nil }
  }

  /// What is set, as the record names it.
  var names: [String] {
    held.map { AddressRecord.name(ofSetting: $0.key, before: $0.value.before, value: $0.value.value) }.sorted()
  }

  /// Puts back what a vrrpd that was killed has set, unless somebody else has changed it since.
  func putBack(_ leftovers: Leftovers) {
    for setting in leftovers.settings where value(setting.path) == setting.value {
      if write(setting.path, setting.before) {
        logger.notice("\(setting.path): \(setting.before) again, \(setting.value) was left behind by an earlier run")
      }
    }
  }

  /// Puts back what nobody but `owner` needs.
  func release(owner: String, where isOver: (String) -> Bool = { _ in true }) {
    for (path, setting) in held where setting.owners.contains(owner) && isOver(path) {
      held[path]?.owners.remove(owner)
      guard setting.owners.count == 1 else { continue }
      held[path] = nil
      // An interface that is gone has no settings.
      if self.value(path) != nil { _ = write(path, setting.before) }
    }
  }

  /// The value of `path`; `nil` where there is no such setting.
  func value(_ path: String) -> String? {
    guard let bytes = try? FileSystem.read("/proc/sys/net/\(path)", limit: 64) else { return nil }
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  /// Whether the kernel took it.
  func write(_ path: String, _ value: String) -> Bool {
    do throws(SystemError) {
      try FileSystem.create("/proc/sys/net/\(path)", with: Array(value.utf8), overwriting: true)
      return true
    } catch {
      logger.warning("/proc/sys/net/\(path) cannot be set to \(value): \(error)")
      return false
    }
  }
}
