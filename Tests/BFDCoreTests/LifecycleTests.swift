import BFDCore
import NetPrimitives
import Testing

@Suite("Life of a session") struct LifecycleTests {
  @Test("the end of the Detection Time takes the session Down, not a nanosecond earlier")
  func detection() throws {
    var endpoint = try Endpoint()
    endpoint.establish(multiplier: 4)
    endpoint.run(for: .milliseconds(40) - .nanoseconds(1))
    #expect(endpoint.state == .up)
    endpoint.run(for: .nanoseconds(1))
    #expect(endpoint.state == .down)
    let change = try #require(endpoint.changes.last)
    #expect(change.old == .up && change.new == .down)
    #expect(change.diagnostic == .controlDetectionTimeExpired)
    #expect(change.cause == .timer)
    #expect(change.silence == .milliseconds(40))
    #expect(change.missedPackets == 4)
    #expect(change.overdue == .zero)
    #expect(endpoint.session.lastDownDiagnostic == .controlDetectionTimeExpired)
  }

  @Test("the Detection Time is the peer's multiplier times the slower of its sending and our receiving")
  func detectionTime() throws {
    var endpoint = try Endpoint(.symmetric(.milliseconds(20), multiplier: 9))
    endpoint.establish(tx: 10_000, multiplier: 5)
    #expect(endpoint.session.detectionTime == .milliseconds(100))
    endpoint.receive(endpoint.packet(.up, tx: 30_000, multiplier: 2))
    #expect(endpoint.session.detectionTime == .milliseconds(60))
  }

  @Test("Init expires as Up does")
  func detectionInInit() throws {
    var endpoint = try Endpoint()
    endpoint.receive(endpoint.packet(.down, tx: 1_000_000, knowsUs: false))
    endpoint.run(for: .milliseconds(2_999))
    #expect(endpoint.state == .initializing)
    endpoint.run(for: .milliseconds(1))
    #expect(endpoint.state == .down)
    #expect(endpoint.session.localDiagnostic == .controlDetectionTimeExpired)
  }

  @Test("detection counts from the kernel's time stamp, and a late wake-up hears the sockets first")
  func kernelTimestamps() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    // The daemon did not run for 100 ms; meanwhile the peer sent, last 20 ms ago.
    let start = endpoint.now
    endpoint.now = start + .milliseconds(100)
    for age: Int64 in [80, 60, 40, 20] {
      endpoint.receive(endpoint.packet(.up), at: endpoint.now - .milliseconds(age))
    }
    endpoint.advance()
    #expect(endpoint.state == .up)
    #expect(endpoint.table.lateness.stallCount == 1)
    endpoint.run(for: .milliseconds(10))
    #expect(endpoint.state == .down)
    #expect(endpoint.changes.last?.silence == .milliseconds(30))
    #expect(endpoint.session.statistics.receiveGaps.maximum == .milliseconds(20))
  }

  @Test("the driver is warned before a peer is given up, and only then")
  func detectionWarning() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    endpoint.now = endpoint.now + .milliseconds(29)
    endpoint.receive(endpoint.packet(.up))
    let heard = endpoint.now
    // The deadline queued for the first packet has come; the second one moved it.
    let early = endpoint.table.isDetectionDue(now: heard + .milliseconds(29))
    let late = endpoint.table.isDetectionDue(now: heard + .milliseconds(30))
    #expect(!early && late)
    endpoint.receive(endpoint.packet(.up), at: heard + .milliseconds(10))
    #expect(endpoint.state == .up)
  }

  @Test("a time stamp from the future does not keep a session alive")
  func futureTimestamp() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    endpoint.receive(endpoint.packet(.up), at: endpoint.now + .seconds(3_600))
    endpoint.run(for: .milliseconds(30))
    #expect(endpoint.state == .down)
  }

  @Test("a detection that is declared late says by how much")
  func overdue() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    endpoint.now = endpoint.now + .milliseconds(37)
    endpoint.advance()
    #expect(endpoint.changes.last?.overdue == .milliseconds(7))
    #expect(endpoint.table.lateness.detections.maximum == .milliseconds(7))
  }

  @Test("Your Discriminator is zero on the wire after a Detection Time of silence, not before")
  func remoteDiscriminator() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    // The peer says Down: we go Down, but it is still heard.
    let answer = endpoint.receive(endpoint.packet(.down, tx: 1_000_000))
    #expect(answer.map(\.yourDiscriminator) == [Endpoint.peerDiscriminator])
    endpoint.receive(endpoint.packet(.adminDown, tx: 1_000_000))
    let heard = endpoint.run(for: .milliseconds(2_999))
    #expect(heard.allSatisfy { $0.packet.yourDiscriminator == Endpoint.peerDiscriminator })
    let forgotten = endpoint.run(for: .seconds(2))
    #expect(!forgotten.isEmpty)
    #expect(forgotten.allSatisfy { $0.packet.yourDiscriminator == 0 })
    #expect(endpoint.session.remote.requiredMinRxInterval == .microseconds(1))
  }

  @Test("a peer that restarts while we are Up is heard at once: Down with diagnostic 3, and Up again in two packets")
  func restartedPeer() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    var first = endpoint.packet(.down, tx: 1_000_000, knowsUs: false)
    first.myDiscriminator = 0x9999_9999
    let answer = endpoint.receive(first)
    #expect(answer.map(\.state) == [.down])
    #expect(answer.map(\.diagnostic) == [.neighborSignaledSessionDown])
    #expect(answer.map(\.yourDiscriminator) == [0x9999_9999])
    #expect(endpoint.changes.last?.cause == .packet)
    var second = endpoint.packet(.initializing)
    second.myDiscriminator = 0x9999_9999
    #expect(endpoint.receive(second).map(\.state) == [.up])
    #expect(endpoint.session.localDiagnostic == Diagnostic.none)
  }

  @Test("AdminDown is announced with diagnostic 7, at once and for longer than a Detection Time")
  func adminDown() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    let before = endpoint.sent.count
    endpoint.setEnabled(false)
    #expect(endpoint.sent.count == before + 1)
    #expect(endpoint.session.statistics.adminDownCount == 1)
    let sent = endpoint.run(for: .seconds(10)) { $0.packet(.up) }
    #expect(sent.count >= 9)
    #expect(sent.allSatisfy { $0.packet.state == .adminDown && $0.packet.diagnostic == .administrativelyDown })
    #expect(endpoint.state == .adminDown)
    #expect(endpoint.drops[.administrativelyDown] > 900)
    #expect(endpoint.session.statistics.invalidPackets == 0)
    endpoint.setEnabled(true)
    #expect(endpoint.sent.last?.packet.state == .down)
    endpoint.establish()
    #expect(endpoint.changes.map(\.cause).suffix(4) == [.administrator, .administrator, .packet, .packet])
  }

  @Test("AdminDown is told once per former interval until the peer knows, for its Detection Time at most")
  func urgentAdminDown() throws {
    var deaf = try Endpoint()
    deaf.establish()
    let start = deaf.now
    deaf.setEnabled(false)
    deaf.run(for: .milliseconds(29))
    let told = deaf.sent.filter { $0.instant >= start && $0.packet.state == .adminDown }
    #expect(told.count == 3)
    #expect(told.allSatisfy { $0.packet.desiredMinTxInterval >= 1_000_000 })
    #expect(gaps(of: told).allSatisfy { $0 <= .milliseconds(10) })
    // The silence of the peer, in our own Detection Time, makes the content new once more.
    deaf.run(for: .milliseconds(1))
    #expect(deaf.run(for: .milliseconds(700)).isEmpty, "then the slow rate of a session that is not Up")

    var heard = try Endpoint()
    heard.establish()
    heard.setEnabled(false)
    heard.receive(heard.packet(.down, tx: 1_000_000))
    #expect(heard.run(for: .milliseconds(700)).isEmpty, "a peer that knows is not told again")
  }

  @Test("AdminDown of a session that was not Up is told at the slow rate")
  func idleAdminDown() throws {
    var endpoint = try Endpoint()
    endpoint.setEnabled(false)
    #expect(gaps(of: endpoint.run(for: .seconds(5))).allSatisfy { $0 >= .milliseconds(750) })
  }

  @Test("the farewell of a slow session lasts for the peer's Detection Time, ten seconds at most")
  func slowFarewell() throws {
    for (multiplier, seconds) in [(UInt8(3), Int64(3)), (200, 10)] {
      var endpoint = try Endpoint(.symmetric(.seconds(1), multiplier: multiplier))
      endpoint.establish(tx: 1_000_000, rx: 1_000_000)
      endpoint.remove()
      endpoint.run(for: .seconds(seconds) - .milliseconds(1))
      #expect(endpoint.removed.isEmpty)
      endpoint.run(for: .milliseconds(1))
      #expect(endpoint.removed == [endpoint.slot])
    }
  }

  @Test("a peer that hears AdminDown goes Down with diagnostic 3")
  func remoteAdminDown() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    endpoint.receive(endpoint.packet(.adminDown))
    #expect(endpoint.state == .down)
    #expect(endpoint.session.localDiagnostic == .neighborSignaledSessionDown)
    #expect(endpoint.changes.last?.remoteState == .adminDown)
  }

  @Test("a session that starts disabled announces AdminDown and ignores handshakes")
  func startsDisabled() throws {
    var endpoint = try Endpoint(isEnabled: false)
    #expect(endpoint.run(for: .seconds(1)).allSatisfy { $0.packet.state == .adminDown })
    endpoint.receive(endpoint.packet(.down, knowsUs: false))
    #expect(endpoint.state == .adminDown)
    #expect(endpoint.session.remote.isKnown)
  }

  @Test("removal says AdminDown twice within its second, then frees the slot and the discriminator")
  func removal() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    let before = endpoint.sent.count
    let discriminator = endpoint.session.localDiscriminator
    endpoint.remove()
    #expect(endpoint.removed.isEmpty)
    endpoint.run(for: SessionTable.farewell.lowerBound)
    #expect(endpoint.removed == [endpoint.slot])
    #expect(endpoint.table.count == 0)
    let farewell = endpoint.sent[before...]
    #expect(farewell.count >= 2)
    #expect(farewell.allSatisfy { $0.packet.state == .adminDown && $0.packet.diagnostic == .administrativelyDown })
    #expect(endpoint.table.nextDeadline == nil)
    var late = endpoint.packet(.up)
    late.yourDiscriminator = discriminator
    endpoint.receive(late)
    #expect(endpoint.table.drops[.unknownDiscriminator] == 1)
  }

  @Test("a session whose peer was never heard is removed without a word")
  func removalUnheard() throws {
    var endpoint = try Endpoint()
    endpoint.remove()
    #expect(endpoint.removed == [endpoint.slot])
    #expect(endpoint.sent.isEmpty)
  }

  @Test("the farewell ends when the peer says that it is Down, and not for an earlier Up", arguments: [true, false])
  func farewellIsHeard(isAdminDown: Bool) throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    endpoint.remove()
    endpoint.receive(endpoint.packet(.up))
    #expect(endpoint.removed.isEmpty)
    var answer = endpoint.packet(isAdminDown ? .adminDown : .down)
    answer.isPoll = true
    // Its Poll is answered all the same.
    #expect(endpoint.receive(answer).map(\.isFinal) == [true])
    #expect(endpoint.removed == [endpoint.slot] && endpoint.table.count == 0 && endpoint.table.nextDeadline == nil)
    #expect(endpoint.sent.count { $0.packet.state == .adminDown } == 2)
  }

  @Test("during the farewell the path can have a new session already, with another discriminator")
  func replacement() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    let old = endpoint.session
    endpoint.remove()
    let slot = try endpoint.table.add(old.path, parameters: .fast, now: endpoint.now)
    #expect(slot != endpoint.slot)
    #expect(endpoint.table[slot].localDiscriminator != old.localDiscriminator)
    endpoint.receive(endpoint.packet(.down, knowsUs: false))
    #expect(endpoint.table[slot].state == .initializing)
    #expect(endpoint.table[endpoint.slot].state == .adminDown)
    let now = endpoint.now
    #expect(throws: AddSessionError.duplicatePath) { try endpoint.table.add(old.path, parameters: .fast, now: now) }
  }

  @Test("the farewell to a neighbour ends where a new session meets it, and not where one meets another")
  func replacementMeetsNeighbor() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    endpoint.remove()
    let sources = [IPAddress.v4(IPv4Address(0xC000_0209)), IPAddress.v4(IPv4Address(0xC000_020A))]
    for (source, discriminator) in zip(sources, [0x5566_7788, Endpoint.peerDiscriminator]) {
      let path = SessionPath(peer: peerAddress, local: source)
      let slot = try endpoint.table.add(path, parameters: .fast, now: endpoint.now)
      #expect(endpoint.removed.isEmpty)
      var packet = endpoint.packet(.initializing)
      packet.myDiscriminator = discriminator
      packet.yourDiscriminator = endpoint.table[slot].localDiscriminator
      endpoint.receive(bytes: packet.encoded, destination: source)
      #expect(endpoint.table[slot].state == .up)
      endpoint.run(for: .microseconds(1))
    }
    #expect(endpoint.removed == [endpoint.slot])
    endpoint.run(for: .milliseconds(5))
    #expect(endpoint.sent.count { $0.packet.state == .adminDown } == 1)
  }

  @Test("a session that was silent for want of a path is not late when it may send again")
  func silenceIsNotLateness() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    endpoint.setPath(isAvailable: false)
    endpoint.run(for: .seconds(60))
    endpoint.setPath(isAvailable: true)
    #expect(endpoint.run(for: .zero).map(\.packet.state) == [.down])
    #expect(endpoint.table.lateness.stallCount == 0)
    #expect(endpoint.session.statistics.transmitLateness.maximum ?? .zero == .zero)
  }

  @Test("without its address a session is Down with diagnostic 5 and silent, and starts the moment it is back")
  func pathLost() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    let before = endpoint.sent.count
    endpoint.setPath(isAvailable: false)
    #expect(endpoint.state == .down)
    #expect(endpoint.session.localDiagnostic == .pathDown)
    #expect(endpoint.changes.last?.cause == .link)
    endpoint.receive(endpoint.packet(.down, knowsUs: false))
    #expect(endpoint.drops[.pathUnavailable] == 1)
    endpoint.run(for: .seconds(60))
    #expect(endpoint.sent.count == before)
    endpoint.setPath(isAvailable: true)
    #expect(endpoint.run(for: .microseconds(1)).map(\.packet.state) == [.down])
    endpoint.establish()
  }

  @Test("an interface that came back under another index is followed")
  func movedInterface() throws {
    var endpoint = try Endpoint(path: SessionPath(peer: peerAddress, local: localAddress, interface: 2))
    endpoint.setPath(interface: 5, isAvailable: true)
    let first = endpoint.packet(.down, knowsUs: false).encoded
    endpoint.receive(bytes: first, interface: 2)
    #expect(endpoint.drops[.wrongInterface] == 1)
    endpoint.receive(bytes: first, interface: 5)
    #expect(endpoint.state == .initializing)
  }

  @Test("statistics tell ups and downs, with their times, and can be cleared")
  func statistics() throws {
    var endpoint = try Endpoint()
    endpoint.establish()
    let up = endpoint.now
    endpoint.run(for: .milliseconds(50))
    let statistics = endpoint.session.statistics
    #expect(statistics.upCount == 1 && statistics.downCount == 1)
    #expect(statistics.lastUp == up && statistics.lastDown == up + .milliseconds(30))
    #expect(statistics.receivedPackets == 4)
    #expect(statistics.sentPackets == UInt64(endpoint.sent.count))
    endpoint.table.noteSendFailure(endpoint.slot)
    #expect(endpoint.session.statistics.failedPackets == 1)
    endpoint.table.clearStatistics(endpoint.slot)
    #expect(endpoint.session.statistics.sentPackets == 0)
    #expect(endpoint.session.statistics.lastUp == up)
  }
}
