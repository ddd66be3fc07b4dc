import NetPrimitives
import Testing

@testable import LinuxIO

struct ReceptionPacingTests {
  private static let spacing = Interval.milliseconds(2)

  /// How long others wait behind wake-ups with the given distances.
  private func waits(_ distances: [Interval], areAll: Bool = true) -> [Interval] {
    var pacing = ReceptionPacing()
    pacing.spacing = Self.spacing
    var now = Instant.zero + .seconds(1)
    return distances.map { distance in
      now = now + distance
      pacing.packetsRead(at: now, areAll: areAll)
      return pacing.quietUntil - now
    }
  }

  @Test("What arrives now and then is read at once")
  func rare() {
    #expect(waits([.zero, .seconds(1), .milliseconds(10), .milliseconds(10)]).allSatisfy { $0 == .zero })
  }

  @Test("From the second wake-up of many on others wait, until there is a pause")
  func many() {
    let (spacing, some) = (Self.spacing, Interval.microseconds(20))
    #expect(
      waits([.zero, some, spacing + some, spacing, .milliseconds(80), some])
        == [.zero, spacing, spacing, spacing, .zero, spacing])
  }

  @Test("Where more arrives than a turn reads, nothing waits")
  func tooMany() {
    let some = Interval.microseconds(20)
    #expect(waits([.zero, some, some, some], areAll: false).allSatisfy { $0 == .zero })
  }
}
