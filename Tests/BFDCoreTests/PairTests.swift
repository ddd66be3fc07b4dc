import BFDCore
import NetPrimitives
import Testing

@Suite("Two engines") struct PairTests {
  @Test("slow start, Poll, fast, cut, Down within the Detection Time, Up again", arguments: 0..<20)
  func life(seed: UInt64) throws {
    var pair = try Pair(.fast, seed: seed, delay: .microseconds(500))
    pair.run(for: .milliseconds(200))
    for end in pair.ends {
      #expect(end.state == .up && !end.session.isPolling)
      #expect(end.session.negotiatedTxInterval == .milliseconds(10))
      #expect(end.session.detectionTime == .milliseconds(30))
      #expect(end.changes.map(\.new).last == .up)
    }
    pair.run(for: .seconds(5))
    #expect(pair.ends.allSatisfy { $0.session.statistics.downCount == 0 })

    pair.isCut = [true, true]
    let cut = pair.now
    pair.run(for: .milliseconds(31))
    for end in pair.ends {
      #expect(end.state == .down)
      let change = try #require(end.changes.last)
      #expect(change.diagnostic == .controlDetectionTimeExpired)
      #expect(change.instant - cut <= .microseconds(30_500))
    }
    pair.run(for: .seconds(5))
    pair.isCut = [false, false]
    pair.run(for: .milliseconds(1_010))
    #expect(pair.ends.allSatisfy { $0.state == .up })
  }

  @Test("cut one way, the end that hears nothing expires and tells the other")
  func oneWay() throws {
    var pair = try Pair(.fast, seed: 1, delay: .microseconds(100))
    pair.run(for: .seconds(1))
    pair.isCut = [true, false]
    pair.run(for: .milliseconds(31))
    #expect(pair.ends[1].session.localDiagnostic == .controlDetectionTimeExpired)
    #expect(pair.ends[0].session.localDiagnostic == .neighborSignaledSessionDown)
  }

  @Test("the ends may want different things")
  func asymmetric() throws {
    let slow = SessionParameters(
      desiredMinTxInterval: .milliseconds(300), requiredMinRxInterval: .milliseconds(50), detectMultiplier: 4)
    var pair = try Pair(.fast, slow, seed: 3, delay: .microseconds(100))
    pair.run(for: .seconds(3))
    #expect(pair.ends[0].session.negotiatedTxInterval == .milliseconds(50))
    #expect(pair.ends[0].session.detectionTime == .milliseconds(1_200))
    #expect(pair.ends[1].session.negotiatedTxInterval == .milliseconds(300))
    #expect(pair.ends[1].session.detectionTime == .milliseconds(150))
  }

  @Test("timers change both ways on a live session without a flap", arguments: 0..<20)
  func liveChanges(seed: UInt64) throws {
    var pair = try Pair(.fast, seed: seed, delay: .milliseconds(2))
    pair.run(for: .seconds(1))
    var generator = SeededGenerator(seed: seed)
    var intervals: [Int64] = [10, 10]
    for _ in 0..<50 {
      let index = Int(generator.next(below: 2))
      intervals[index] = [10, 20, 50, 200].randomElement(using: &generator) ?? 10
      pair.ends[index].update(.symmetric(.milliseconds(intervals[index])))
      pair.run(for: .milliseconds(Int64(generator.next(below: 100))))
    }
    pair.run(for: .seconds(5))
    let agreed = Interval.milliseconds(max(intervals[0], intervals[1]))
    for end in pair.ends {
      #expect(end.session.statistics.downCount == 0)
      #expect(end.session.negotiatedTxInterval == agreed && end.session.detectionTime == agreed * 3)
      #expect(!end.session.isPolling)
    }
  }

  @Test("admin-down on one end and back, seen on both")
  func adminDown() throws {
    var pair = try Pair(.fast, seed: 1, delay: .microseconds(100))
    pair.run(for: .seconds(1))
    pair.ends[0].setEnabled(false)
    pair.run(for: .seconds(3))
    #expect(pair.ends[0].state == .adminDown && pair.ends[1].state == .down)
    #expect(pair.ends[1].session.localDiagnostic == .neighborSignaledSessionDown)
    #expect(pair.ends[1].session.remote.diagnostic == .administrativelyDown)
    pair.ends[0].setEnabled(true)
    pair.run(for: .milliseconds(1_010))
    #expect(pair.ends.allSatisfy { $0.state == .up })
  }

  @Test("under loss the ends keep agreeing once it stops", arguments: 0..<10)
  func loss(seed: UInt64) throws {
    var pair = try Pair(.fast, seed: seed, delay: .milliseconds(1))
    pair.lossPercent = 40
    pair.run(for: .seconds(20))
    pair.lossPercent = 0
    pair.run(for: .seconds(3))
    #expect(pair.ends.allSatisfy { $0.state == .up && !$0.session.isPolling })
  }
}
