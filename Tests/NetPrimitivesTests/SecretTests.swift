import NetPrimitives
import Testing

@Suite struct SecretTests {
  private struct Holder {
    let name = "holder"
    let key = Secret("hunter22".utf8)
  }

  @Test func nothingThatPrintsShowsIt() {
    var dumped = ""
    dump(Holder(), to: &dumped)
    let holder = Holder()
    for text in [dumped, "\(holder)", String(reflecting: holder), "\(holder.key)", String(reflecting: holder.key)] {
      // Neither as text nor as a list of numbers.
      #expect(!text.contains("hunter22") && !text.contains("104") && text.contains("(secret)"), "\(text)")
    }
  }

  @Test func equalityNeedsEveryByte() {
    let secret = Secret([1, 2, 3])
    #expect(secret.equals([1, 2, 3]))
    for other in [[], [1, 2], [1, 2, 3, 0], [0, 2, 3], [1, 0, 3], [1, 2, 2]] as [[UInt8]] {
      #expect(!secret.equals(other))
    }
  }
}
