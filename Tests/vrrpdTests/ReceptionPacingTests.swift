import NetPrimitives
import Testing

@testable import vrrpd

struct ReceptionPacingTests {
  /// The spacings behind wake-ups with the given distances.
  private func spacings(_ distances: [Interval]) -> [Interval] {
    var pacing = ReceptionPacing()
    var now = Instant.zero + .seconds(1)
    return distances.map { distance in
      now = now + distance
      return pacing.spacing(readAt: now)
    }
  }

  @Test("What arrives now and then is read at once, down to the shortest advertisement interval")
  func rare() {
    #expect(spacings([.zero, .seconds(1), .milliseconds(10), .milliseconds(10)]).allSatisfy { $0 == .zero })
  }

  @Test("From the second wake-up of many on others wait, until there is a pause")
  func many() {
    let spacing = ReceptionPacing.spacing
    let some = Interval.microseconds(20)
    #expect(
      spacings([.zero, some, spacing + some, spacing, .milliseconds(80), some])
        == [.zero, spacing, spacing, spacing, .zero, spacing])
  }
}
