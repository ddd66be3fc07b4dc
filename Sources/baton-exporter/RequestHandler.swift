import Metrics
import NIOCore
import NIOHTTP1

/// One connection: a request, its answer, the next request.
final class RequestHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  /// A connection on which no request was completed for this long is closed: longer than the usual time between scrapes,
  /// so that those keep their connection, and an end for clients that send or read slowly, or not at all.
  static let patience = TimeAmount.seconds(90)

  private let pages: Pages
  private let reading: Reading
  private var head: HTTPRequestHead?
  private var expiry: Scheduled<Void>?

  /// Answers with `pages`, from what `reading` gives.
  init(pages: Pages, reading: Reading) {
    self.pages = pages
    self.reading = reading
  }

  func channelActive(context: ChannelHandlerContext) {
    startClock(context)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    expiry?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    // Nothing that is asked for here has a body: what is sent is read and forgotten.
    case .body: break
    case .end:
      guard let head else { return }
      self.head = nil
      startClock(context)
      serve(head, context)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func startClock(_ context: ChannelHandlerContext) {
    expiry?.cancel()
    let channel = context.channel
    expiry = context.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
  }

  private func serve(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    guard head.method == .GET || head.method == .HEAD else {
      return send(Pages.Page(status: .methodNotAllowed, text: "only GET and HEAD\n"), head, context)
    }
    switch pages.answer(to: head.uri) {
    case .now(let page): send(page, head, context)
    case .afterReading(let makePage):
      reading.scrape().assumeIsolated().whenComplete { [self] result in
        // The connection may be gone by now; writing to it does nothing then.
        switch result {
        case .success(let scrape): send(makePage(scrape), head, context)
        case .failure(let error):
          send(Pages.Page(status: .internalServerError, text: "\(error)\n"), head, context)
        }
      }
    }
  }

  private func send(_ page: Pages.Page, _ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let body = context.channel.allocator.buffer(string: page.text)
    var headers = HTTPHeaders([
      ("Content-Type", page.contentType), ("Content-Length", "\(body.readableBytes)"), ("Cache-Control", "no-store"),
    ])
    if page.status == .methodNotAllowed { headers.add(name: "Allow", value: "GET, HEAD") }
    if !request.isKeepAlive { headers.add(name: "Connection", value: "close") }
    let head = HTTPResponseHead(version: request.version, status: page.status, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if request.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
    let end = context.writeAndFlush(wrapOutboundOut(.end(nil)))
    if !request.isKeepAlive {
      let channel = context.channel
      end.whenComplete { _ in channel.close(promise: nil) }
    }
  }
}
