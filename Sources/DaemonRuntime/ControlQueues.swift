import ControlInterface

/// Where a control client waits for its turn.
enum ControlQueue {
  /// Nowhere: it has nothing to do.
  case none
  /// Among the privileged subscribers who have to be told of a change: a failover may depend on it.
  case urgent
  /// Among the other subscribers who have to be told of a change.
  case news
  /// Among the privileged clients who asked for something.
  case privileged
  /// Among the others who asked for something.
  case requests
}

/// The clients that have something to do. A client is in one of the queues, once.
struct ControlQueues<Handler: ControlHandler> {
  typealias Peer = ControlPeer<Handler>

  private var urgent: [Peer] = []
  private var news: [Peer] = []
  private var privileged: [Peer] = []
  private var requests: [Peer] = []
  /// The one of the last three that was served last.
  private var served = ControlQueue.requests

  /// Whether somebody waits whom no rest holds up.
  var isUrgent: Bool { !urgent.isEmpty }
  /// Whether nobody waits.
  var isEmpty: Bool { urgent.isEmpty && news.isEmpty && privileged.isEmpty && requests.isEmpty }

  /// Puts the client into a queue where it is in none, or from the requests to those who wait for news.
  mutating func add(_ client: Peer, hasNews: Bool) {
    let queue: ControlQueue =
      switch (hasNews, client.rank.isPrivileged) {
      case (true, true): .urgent
      case (true, false): .news
      case (false, true): .privileged
      case (false, false): .requests
      }
    guard client.queue == .none || hasNews && client.queue != queue else { return }
    remove(client)
    client.queue = queue
    change(queue) { $0.append(client) }
  }

  /// Takes the client out of the queue that it is in.
  mutating func remove(_ client: Peer) {
    change(client.queue) { $0.removeAll { $0 === client } }
    client.queue = .none
  }

  /// Takes the next client whom no rest holds up.
  mutating func nextUrgent() -> Peer? { first(of: .urgent) }

  /// Takes the next of the others: the queues take turns.
  mutating func next() -> Peer? {
    let order: [ControlQueue] =
      switch served {
      case .news: [.privileged, .requests, .news]
      case .privileged: [.requests, .news, .privileged]
      case .requests, .urgent, .none: [.news, .privileged, .requests]
      }
    for queue in order {
      guard let client = first(of: queue) else { continue }
      served = queue
      return client
    }
    return nil
  }

  private mutating func first(of queue: ControlQueue) -> Peer? {
    let client = change(queue) { $0.isEmpty ? nil : $0.removeFirst() }
    client?.queue = .none
    return client
  }

  @discardableResult
  private mutating func change<Result>(_ queue: ControlQueue, _ body: (inout [Peer]) -> Result?) -> Result? {
    switch queue {
    case .none: nil
    case .urgent: body(&urgent)
    case .news: body(&news)
    case .privileged: body(&privileged)
    case .requests: body(&requests)
    }
  }
}
