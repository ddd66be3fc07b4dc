import NetPrimitives
import Testing

@testable import ScriptHelper

private func command(_ word: String) -> ScriptCommand {
  ScriptCommand([word], user: .root, timeout: .seconds(1))
}

private let success = ScriptResult(outcome: .exited(status: 0), duration: .zero)

extension ScriptRequest {
  fileprivate var run: RunID {
    switch self {
    case .run(let run, _, _), .cancel(let run): run
    case .examine, .endGroups: 0
    }
  }

  fileprivate var word: String? {
    if case .run(_, _, let command) = self { command.arguments[0] } else { nil }
  }
}

/// The dispatcher as an object, because the macros of Testing cannot call mutating functions.
private final class Daemon {
  private(set) var dispatcher: ScriptDispatcher

  init(waiting: Int = 4) {
    dispatcher = ScriptDispatcher(waitingLimit: waiting)
    #expect(helperStarted().isEmpty)
  }

  var statistics: ScriptStatistics { dispatcher.statistics }
  var notificationsAreDone: Bool { dispatcher.notificationsAreDone }

  func run(_ check: Int) -> ScriptRequest? { dispatcher.run(CheckID(check), command("check \(check)")) }
  func cancel(_ check: Int) -> ScriptRequest? { dispatcher.cancel(CheckID(check)) }
  func notify(_ queue: String, _ words: String...) -> ScriptRequest? { dispatcher.notify(queue, words.map(command)) }
  func helperDied() -> [Int] { dispatcher.helperDied().map(\.number) }
  func helperStarted() -> [ScriptRequest] { dispatcher.helperStarted() }

  func report(_ request: ScriptRequest?, _ result: ScriptResult = success) throws -> (
    completion: ScriptDispatcher.Completion, next: ScriptRequest?
  )? {
    dispatcher.receive(ScriptReport(run: try #require(request).run, result: result))
  }

  /// Reports the end of `request` with success and returns what follows.
  func finish(_ request: ScriptRequest?) throws -> ScriptRequest? { try #require(try report(request)).next }
}

@Suite struct ScriptDispatcherTests {

  @Test func aCheckThatRunsIsNotRunTwice() throws {
    let daemon = Daemon()
    let first = try #require(daemon.run(1))
    #expect(daemon.run(1) == nil)
    #expect(daemon.run(2) != nil)
    let end = try #require(try daemon.report(first))
    #expect(end.completion == .check(CheckID(1), success))
    #expect(daemon.run(1) != nil)
    #expect(daemon.statistics.checksRun == 3)
    #expect(daemon.statistics.checksSkipped == 1)
  }

  @Test func aCancelledCheckIsNotReported() throws {
    let daemon = Daemon()
    let first = try #require(daemon.run(1))
    #expect(daemon.cancel(1) == .cancel(first.run))
    #expect(daemon.cancel(1) == nil)
    let second = try #require(daemon.run(1))
    #expect(try daemon.report(first) == nil)
    #expect(try daemon.report(second) != nil)
    #expect(try daemon.report(second) == nil, "reported twice")
  }

  @Test func oneQueueIsInOrderAndQueuesAreParallel() throws {
    let daemon = Daemon()
    let first = daemon.notify("A", "A1", "A2")
    #expect(first?.word == "A1")
    #expect(daemon.notify("A", "A3") == nil)
    #expect(daemon.notify("B", "B1")?.word == "B1")
    let second = try daemon.finish(first)
    #expect(second?.word == "A2")
    let third = try daemon.finish(second)
    #expect(third?.word == "A3")
    #expect(try daemon.finish(third) == nil)
    #expect(!daemon.notificationsAreDone, "B1 still runs")
  }

  @Test func aFailureDoesNotStopTheQueue() throws {
    let daemon = Daemon()
    let first = try #require(daemon.notify("A", "A1", "A2"))
    let failure = ScriptResult(outcome: .timedOut, duration: .seconds(1), errorLine: "no")
    let end = try #require(try daemon.report(first, failure))
    #expect(end.completion == .notification(queue: "A", command: command("A1"), failure))
    #expect(end.next?.word == "A2")
    #expect(daemon.statistics.failures == 1)
  }

  @Test(arguments: 1...6, 1...20) func theLastStateIsDeliveredHoweverManyPile(limit: Int, states: Int) throws {
    let daemon = Daemon(waiting: limit)
    var request: ScriptRequest?
    for state in 1...states { request = daemon.notify("A", "\(state)") ?? request }
    var delivered: [Int] = []
    while let current = request {
      delivered.append(Int(try #require(current.word)) ?? 0)
      request = try daemon.finish(current)
    }
    #expect(delivered.last == states)
    #expect(delivered == delivered.sorted(), "in order")
    #expect(delivered.count == min(states, limit + 1))
    #expect(delivered.count + Int(daemon.statistics.notificationsDropped) == states)
    #expect(daemon.notificationsAreDone)
  }

  @Test func aDeadHelperLosesNoLastState() throws {
    let daemon = Daemon()
    let check = daemon.run(7)
    #expect(daemon.run(3) != nil)
    let lonely = try #require(daemon.notify("A", "A1", "A2"))
    _ = try daemon.finish(lonely)
    #expect(daemon.notify("B", "B1") != nil)
    #expect(daemon.notify("B", "B2") == nil)

    #expect(daemon.helperDied() == [3, 7])
    #expect(daemon.run(3) == nil, "there is nobody to run it")
    #expect(daemon.notify("C", "C1") == nil)
    #expect(try daemon.report(check) == nil)

    let again = daemon.helperStarted()
    #expect(again.map(\.word) == ["A2", "B2", "C1"])
    for request in again { #expect(try daemon.finish(request) == nil) }
    #expect(daemon.notificationsAreDone)
    #expect(daemon.run(3) != nil)
    #expect(daemon.statistics.helperRestarts == 1)
  }

  @Test func nothingIsQueuedForAnEmptyNotification() {
    let daemon = Daemon()
    #expect(daemon.notify("A") == nil)
    #expect(daemon.notificationsAreDone)
  }
}
