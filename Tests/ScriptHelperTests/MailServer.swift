import Glibc
import LinuxIO
import NetPrimitives

/// A mail server on the loopback that answers as a test wants it to. It works when `work` is called.
final class MailServer {
  enum Manner {
    /// Takes every mail.
    case polite
    /// Refuses every recipient.
    case refusing
    /// Takes connections and says nothing.
    case silent
  }

  let port: UInt16
  /// The text of each mail, without the final dot, in order.
  private(set) var mails: [[String]] = []
  private(set) var connections = 0
  private let manner: Manner
  private let listener: FileDescriptor
  private var clients: [Client] = []

  private final class Client {
    let descriptor: FileDescriptor
    var input: [UInt8] = []
    var text: [String]?
    init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }
  }

  init(_ manner: Manner) throws {
    self.manner = manner
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    listener = FileDescriptor(owning: number)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe bind(number, pointer, length) + listen(number, 16) + getsockname(number, pointer, &length)
      }
    }
    guard result == 0 else { throw SystemError("bind", ErrorCode(rawValue: errno)) }
    port = UInt16(bigEndian: address.sin_port)
  }

  /// Does what can be done without waiting.
  func work() throws {
    while true {
      let number = accept(listener.rawValue, nil, nil)
      guard number >= 0 else { break }
      connections += 1
      let client = Client(FileDescriptor(owning: number))
      clients.append(client)
      if manner != .silent { try say("220 test", to: client) }
    }
    guard manner != .silent else { return }
    for client in clients { try serve(client) }
  }

  private func serve(_ client: Client) throws {
    while try client.descriptor.wait(timeout: .zero),
      case .bytes = try client.descriptor.read(into: &client.input, limit: 4_096)
    {}
    while let end = client.input.firstIndex(of: 10) {
      let line = String(decoding: client.input[..<end].filter { $0 != 13 }, as: UTF8.self)
      client.input.removeFirst(end + 1)
      try take(line, from: client)
    }
  }

  private func take(_ line: String, from client: Client) throws {
    if client.text != nil {
      guard line == "." else {
        client.text?.append(line)
        return
      }
      mails.append(client.text ?? [])
      client.text = nil
      return try say("250 queued", to: client)
    }
    switch line.prefix(4) {
    case "EHLO": try say("250-test\r\n250 8BITMIME", to: client)
    case "RCPT": try say(manner == .refusing ? "550 nobody of that name" : "250 ok", to: client)
    case "DATA":
      client.text = []
      try say("354 go on", to: client)
    case "QUIT": try say("221 bye", to: client)
    default: try say("250 ok", to: client)
    }
  }

  private func say(_ text: String, to client: Client) throws {
    _ = try client.descriptor.write(Array((text + "\r\n").utf8).span)
  }
}
