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
  var server = ServerConnection(inputLimit: 4_096)
  server.receive(bytes.span)
  while let call = try? server.nextCall() {
    _ = try? call.parameters(as: [String: String].self)
    try? server.reply(["method": call.method])
  }
}

private func follow(_ bytes: [UInt8]) {
  var client = ClientConnection(replyLimit: 4_096)
  try? client.call("dev.baton.bfd.Monitor", [String: String](), more: true)
  client.receive(bytes.span)
  while (try? client.nextReply()) != nil {}
}
