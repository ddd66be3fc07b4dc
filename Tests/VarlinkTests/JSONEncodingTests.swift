import FoundationEssentials
import NetPrimitives
import Testing
import Varlink

@Suite struct JSONEncodingTests {
  private struct Everything: Codable, Equatable {
    var zulu = 1
    var alpha: String? = nil
    var numbers: [Int] = []
    var nested: [[String]] = [["a"], []]
    var small: UInt8? = 200
    var least = Int64.min
    var greatest = UInt64.max
    var yes: Bool? = true
    var no: Bool? = nil
    var ratio = 0.25
    var pair = Pair()
    var maybePair: Pair?
    var pairs: [Pair] = [Pair(), Pair(x: nil)]
    var counts: [String: Int] = ["only": 3]
    var state = State.second

    struct Pair: Codable, Equatable {
      var x: Int? = 1
      var y: Float? = nil
    }
    enum State: String, Codable { case first, second }
  }

  private func text(_ value: some Encodable) throws -> String {
    String(decoding: try encodeJSON(value), as: UTF8.self)
  }

  @Test func `fields keep the order of the type and absent ones are null`() throws {
    let expected =
      #"{"zulu":1,"alpha":null,"numbers":[],"nested":[["a"],[]],"small":200,"least":-9223372036854775808,"#
      + #""greatest":18446744073709551615,"yes":true,"no":null,"ratio":0.25,"pair":{"x":1,"y":null},"maybePair":null,"#
      + #""pairs":[{"x":1,"y":null},{"x":null,"y":null}],"counts":{"only":3},"state":"second"}"#
    #expect(try text(Everything()) == expected)
  }

  @Test func `Foundation reads back what is written`() throws {
    let value = Everything(alpha: "x", numbers: [3, -4], yes: nil, maybePair: .init(x: -5, y: 1.5))
    #expect(try JSONDecoder().decode(Everything.self, from: Data(encodeJSON(value))) == value)
  }

  @Test func `every character of a string comes back`() throws {
    let all = String(String.UnicodeScalarView((0..<0x300).compactMap(Unicode.Scalar.init))) + "\u{1F600}\\\"/"
    #expect(try JSONDecoder().decode([String].self, from: Data(encodeJSON([all]))) == [all])
    #expect(try text("a\"\\\n\u{1}") == #""a\"\\\n\u0001""#)
  }

  @Test func `top-level scalars, an empty object and dictionaries of values`() throws {
    #expect(try text(5) == "5")
    #expect(try text(Int?.none) == "null")
    #expect(try text(NoParameters()) == "{}")
    #expect(try text(["a": [Int?.none, 2]]) == #"{"a":[null,2]}"#)
  }

  @Test func `a number without JSON form is an error`() {
    #expect(throws: JSONEncodingError.self) { try text([Double.infinity]) }
    #expect(throws: JSONEncodingError.self) { try text(["x": Double.nan]) }
  }

  /// Asks for its containers by hand, as types with a shape of their own do.
  private struct ByHand: Encodable {
    enum Key: String, CodingKey { case list, object, after }
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      var list = container.nestedUnkeyedContainer(forKey: .list)
      try list.encode(1)
      try list.encodeNil()
      var inner = list.nestedContainer(keyedBy: Key.self)
      try inner.encode("x", forKey: .after)
      try list.encode(2)
      _ = container.nestedContainer(keyedBy: Key.self, forKey: .object)
      try container.encode(true, forKey: .after)
    }
  }

  @Test func `nested containers end where the outer one goes on`() throws {
    #expect(try text(ByHand()) == #"{"list":[1,null,{"after":"x"},2],"object":{},"after":true}"#)
  }
}
