import Testing

@testable import LinuxIO

@Suite("Namespace sign")
struct NamespaceSignTests {
  @Test("A process sees signs of the same program by others, and only while they live")
  func others() throws {
    let program = "test-\(try KernelRandom.seed())"
    let sign = try NamespaceSign(program)
    #expect(sign.isAlone)
    // What another process would show.
    var other: Socket? = try Socket(domain: 1, type: 2, protocol: 0)
    try other?.bind(path: "\0baton:\(program):1")
    #expect(!sign.isAlone)
    other = nil
    #expect(sign.isAlone)
    let unrelated = try NamespaceSign("un" + program)
    #expect(sign.isAlone && unrelated.isAlone)
  }
}
