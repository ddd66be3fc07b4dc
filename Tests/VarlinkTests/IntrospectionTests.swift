import Testing
import Varlink

@Suite struct IntrospectionTests {
  private let service = ServiceDescription(
    vendor: "V", product: "P", version: "1", url: "u",
    interfaces: [InterfaceDescription(name: "a.b", text: "interface a.b")])

  private func answer(_ method: String, _ parameters: [String: String] = [:]) throws -> String {
    let message = try Call.message(method: "org.varlink.service." + method, parameters: parameters)
    return String(decoding: try encodeJSON(service.answer(Call(parsing: message.dropLast()))), as: UTF8.self)
  }

  @Test func `GetInfo names the service and its interfaces`() throws {
    let expected =
      #"{"vendor":"V","product":"P","version":"1","url":"u","interfaces":["org.varlink.service","a.b"]}"#
    #expect(try answer("GetInfo") == expected)
  }

  @Test func `GetInterfaceDescription gives the definition of own and standard interfaces`() throws {
    #expect(try answer("GetInterfaceDescription", ["interface": "a.b"]) == #"{"description":"interface a.b"}"#)
    #expect(try answer("GetInterfaceDescription", ["interface": "org.varlink.service"]).contains("method GetInfo()"))
  }

  @Test func `unknown interfaces and methods are named`() {
    #expect(throws: VarlinkError.interfaceNotFound("x.y")) {
      try answer("GetInterfaceDescription", ["interface": "x.y"])
    }
    #expect(throws: VarlinkError.invalidParameter("interface")) { try answer("GetInterfaceDescription") }
    #expect(throws: VarlinkError.methodNotFound("org.varlink.service.Nothing")) { try answer("Nothing") }
  }
}
