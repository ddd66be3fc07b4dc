import Metrics
import NIOCore
import NIOPosix

/// Readings of both daemons, one at a time: whoever asks while one is under way gets its result. So however many ask,
/// a daemon is asked by one connection of this process.
final class Reading {
  private let loop: any EventLoop
  private let daemons: Daemons
  /// One thread for each daemon, for reading waits.
  private let threads: NIOThreadPool
  private var current: EventLoopFuture<Scrape>?

  /// Belongs to `loop`: called on it only.
  init(_ daemons: Daemons, threads: NIOThreadPool, on loop: any EventLoop) {
    self.daemons = daemons
    self.threads = threads
    self.loop = loop
  }

  /// A reading that is made now, or is being made.
  func scrape() -> EventLoopFuture<Scrape> {
    if let current { return current }
    let bfd = threads.runIfActive(eventLoop: loop) { [daemons] in daemons.bfd() }
    let vrrp = threads.runIfActive(eventLoop: loop) { [daemons] in daemons.vrrp() }
    let both = bfd.and(vrrp).map { Scrape(bfd: $0, vrrp: $1) }
    current = both
    both.assumeIsolated().whenComplete { [weak self] _ in self?.current = nil }
    return both
  }
}
