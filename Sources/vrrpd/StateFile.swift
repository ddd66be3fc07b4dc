import LinuxIO
import Logging
import Synchronization

/// A small file beside the control socket that tells the next vrrpd with that socket something. It is written beside the
/// event loop, a moment after it was asked for.
final class StateFile {
  let path: String
  private let wanted: Contents
  private var writing: BackgroundWork<SystemError?>?

  private final class Contents: Sendable {
    /// `nil`: there is to be no file.
    let text = Mutex<String?>(nil)
    /// Held while the file is written, so that removing it waits for that and nothing writes it afterwards. `write` does
    /// not take it: it must not wait for a disk.
    let isKept = Mutex(true)
  }

  init(_ path: String, loop: EventLoop, logger: Logger) throws(SystemError) {
    self.path = path
    let wanted = Contents()
    self.wanted = wanted
    writing = try BackgroundWork(loop: loop, work: { Self.store(wanted, in: path) }) { result in
      let error: SystemError?
      switch result {
      case .success(let failure): error = failure
      case .failure(let failure): error = failure
      }
      if let error { logger.warning("\(path): \(error)") }
    }
  }

  /// Whether the file is being written.
  var isWriting: Bool { writing?.isRunning == true }

  /// What the file holds now, at most `limit` bytes; `nil` where there is none, or one that somebody else made.
  func read(limit: Int) -> String? {
    (try? FileSystem.read(path, limit: limit, from: .trusted)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Lets the file hold `text`, or removes it.
  func write(_ text: String?) {
    wanted.text.withLock { $0 = text }
    writing?.start()
  }

  /// Removes the file for good: for a clean stop, when the loop has ended.
  func remove() {
    wanted.isKept.withLock {
      $0 = false
      // Missing already is as good.
      try? FileSystem.remove(path)
    }
  }

  private static func store(_ contents: Contents, in path: String) -> SystemError? {
    contents.isKept.withLock { isKept in
      guard isKept else { return nil }
      do throws(SystemError) {
        if let text = contents.text.withLock({ $0 }) {
          try FileSystem.replace(path, with: Array(text.utf8))
        } else if try FileSystem.status(path, followingLinks: false) != nil {
          try FileSystem.remove(path)
        }
        return nil
      } catch {
        return error
      }
    }
  }
}
