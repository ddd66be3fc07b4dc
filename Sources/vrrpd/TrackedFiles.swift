import KeepalivedConfig
import LinuxIO
import Logging
import NetPrimitives

/// Keeps the number in the file of every `track_file`.
///
/// inotify on the file's directory tells when to read it again, so that it may be written, replaced, deleted and made
/// anew; a file that is missing counts as 0. It is read on the event loop: it is opened without waiting, only a regular
/// file is read, and at most a page of it, which whoever changed it has just put into memory. A file that changes
/// without inotify saying so (on a network file system, in `/proc`) is read only at the start and when it is configured.
final class TrackedFiles {
  private struct Reading: Equatable {
    var value: Int
    var problem: SystemError?
  }

  private let loop: EventLoop
  private let logger: Logger
  private var files: [TrackFile] = []
  private var readings: [String: Reading] = [:]
  private var watch: (directories: DirectoryWatch, registration: EventLoop.Registration)?
  /// The last components of all the paths: whose changes matter.
  private var names: Set<String> = []
  /// What cannot be watched now, as it was told last.
  private var unwatched: [String: SystemError] = [:]
  private var retryTimer: EventLoop.TimerID?
  /// Gets the name of a `track_file` and the number in it, when that is known or changed.
  var onChange: (String, Int) -> Void = { _, _ in }

  private static let sizeLimit = 4_096
  private static let retryInterval = Interval.milliseconds(500)

  init(loop: EventLoop, logger: Logger) {
    self.loop = loop
    self.logger = logger
  }

  /// The number in the file of the `track_file` called `name`; `nil` where there is none.
  func value(_ name: String) -> Int? { readings[name]?.value }

  /// Watches exactly these files from now on; all their numbers are known when it returns. `init_file` is done for those
  /// that were not watched before.
  func replace(with new: [TrackFile]) {
    guard !new.elementsEqual(files, by: { $0.name == $1.name && $0.path == $1.path }) else { return }
    for file in new where !files.contains(where: { $0.name == file.name && $0.path == file.path }) {
      initialize(file)
      readings[file.name] = nil
    }
    files = new
    readings = readings.filter { name, _ in new.contains { $0.name == name } }
    startWatching()
    refresh()
  }

  private func initialize(_ file: TrackFile) {
    guard let value = file.initialValue else { return }
    do throws(SystemError) {
      try FileSystem.create(file.path, with: Array("\(value)\n".utf8), overwriting: file.overwrites)
    } catch {
      // That it is there already is what init_file allows for.
      if error.code != .exists || file.overwrites { logger.error("track_file \(file.name): \(file.path): \(error)") }
    }
  }

  private func startWatching() {
    if let watch { loop.unwatch(watch.registration) }
    watch = nil
    unwatched = [:]
    guard !files.isEmpty else { return }
    do throws(SystemError) {
      let directories = try DirectoryWatch()
      let registration = try loop.watch(directories.descriptor, priority: .control) { [weak self] _ in self?.ready() }
      watch = (directories, registration)
    } catch {
      logger.error("track_file: changes of files cannot be seen: \(error)")
    }
  }

  private func ready() {
    guard let directories = watch?.directories else { return }
    do throws(SystemError) {
      let isConcerned = try directories.read().contains { event in
        switch event {
        // By name only: one directory can have several paths.
        case .changed(_, let name), .removed(_, let name): names.contains(name)
        case .directoryGone, .overflow: true
        }
      }
      if isConcerned { refresh() }
    } catch {
      logger.error("track_file: inotify: \(error)")
    }
  }

  /// Reads all files; their directories are watched before, so that no change is missed in between.
  private func refresh() {
    names = []
    var failures: [String: SystemError] = [:]
    for place in Set(files.flatMap(places)) {
      names.insert(place.name)
      do throws(SystemError) {
        try watch?.directories.add(place.directory)
      } catch {
        failures[place.directory] = error
        if unwatched[place.directory] != error {
          logger.warning("track_file: \(place.directory) cannot be watched: \(error); trying again")
        }
      }
    }
    unwatched = failures
    if !failures.isEmpty, retryTimer == nil {
      retryTimer = loop.startTimer(at: MonotonicClock.now() + Self.retryInterval) { [weak self] in
        self?.retryTimer = nil
        self?.refresh()
      }
    }
    for file in files { take(reading(of: file.path), of: file) }
  }

  private func take(_ new: Reading, of file: TrackFile) {
    let old = readings.updateValue(new, forKey: file.name)
    if let problem = new.problem, problem != old?.problem {
      logger.warning("track_file \(file.name): \(file.path): \(problem): it counts as 0")
    }
    guard new.value != old?.value else { return }
    logger.notice("track_file \(file.name) is \(new.value)")
    onChange(file.name, new.value)
  }

  private func reading(of path: String) -> Reading {
    do throws(SystemError) {
      return Reading(value: FileNumber.parse(try FileSystem.read(path, limit: Self.sizeLimit)))
    } catch {
      let isMissing = error.code == .noSuchFile || error.code == .notDirectory
      return Reading(value: 0, problem: isMissing ? nil : error)
    }
  }

  private struct Place: Hashable {
    let directory: String
    let name: String

    init(_ path: String) {
      let slash = path.lastIndex(of: "/")
      name = slash.map { String(path[path.index(after: $0)...]) } ?? path
      directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }
  }

  /// Where a change of the file shows: where it is, and, if that is a symbolic link, where this leads to.
  private func places(of file: TrackFile) -> [Place] {
    // A missing file leads nowhere.
    let real = try? FileSystem.realPath(file.path)
    return [Place(file.path)] + (real.map { [Place($0)] } ?? [])
  }
}
