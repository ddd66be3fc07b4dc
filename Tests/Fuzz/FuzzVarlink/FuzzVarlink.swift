import ControlInterface
import FuzzInput
import Varlink

/// Anything on a control socket, at either end: it ends in calls, replies or a violation.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  var tape = unsafe Tape(start, count)
  let bytes = tape.rest()
  serve(bytes)
  follow(bytes)
  return 0
}

private func serve(_ bytes: [UInt8]) {
  var server = ServerConnection(limits: CallLimits(bytes: 4_096))
  server.receive(bytes.span)
  while let call = try? server.nextCall() {
    _ = try? call.parameters(as: [String: String].self)
    _ = try? call.parameters(as: NameParameter.self)
    _ = try? call.parameters(as: SetAdminParameters.self)
    _ = try? call.parameters(as: SetMaintenanceParameters.self)
    try? server.reply(["method": call.method])
  }
}

private func follow(_ bytes: [UInt8]) {
  var client = ClientConnection(replyLimit: 4_096)
  try? client.call("dev.baton.bfd.Monitor", [String: String](), more: true)
  client.receive(bytes.span)
  while let reply = try? client.nextReply() {
    survives(reply, MonitorReply<SessionEvent>.self)
    survives(reply, MonitorReply<InstanceEvent>.self)
    survives(reply, SessionsReply.self)
    survives(reply, InfoReply<BFDInfo>.self)
    survives(reply, InfoReply<VRRPInfo>.self)
  }
}

/// What one end understood is what the other understands when it is told again.
private func survives<Parameters: Codable & Equatable>(_ reply: Reply, _ type: Parameters.Type) {
  guard let parameters = try? reply.parameters(as: type) else { return }
  var bytes = Array("{\"parameters\":".utf8)
  guard (try? appendJSON(parameters, to: &bytes)) != nil else { return }
  bytes.append(UInt8(ascii: "}"))
  precondition((try? Reply(parsing: bytes).parameters(as: type)) == parameters, "told again, it is something else")
}
