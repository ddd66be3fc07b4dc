import Metrics
import NIOHTTP1

/// What is answered to which request.
struct Pages: Sendable {
  /// A request that needs no daemon is answered at once, any other with a reading of both.
  enum Answer {
    case now(Page)
    case afterReading(@Sendable (Scrape) -> Page)
  }

  /// An answer's status, type and text.
  struct Page: Sendable {
    var status = HTTPResponseStatus.ok
    var contentType = "text/plain; charset=utf-8"
    let text: String
  }

  /// The exporter's version.
  let version: String
  /// The other exporters whose metrics are given as well.
  let compatibility: Scrape.Compatibility?

  /// The answer to a GET or HEAD of `uri`; a query is ignored.
  func answer(to uri: String) -> Answer {
    switch uri.prefix(while: { $0 != "?" }) {
    case "/metrics": .afterReading(metrics)
    case "/healthz": .now(Page(text: "ok\n"))
    case "/readyz": .afterReading(Self.readiness)
    case "/": .now(Page(contentType: "text/html; charset=utf-8", text: Self.index))
    default: .now(Page(status: .notFound, text: "not found; there are /metrics, /healthz and /readyz\n"))
    }
  }

  private func metrics(_ scrape: Scrape) -> Page {
    Page(
      contentType: "text/plain; version=0.0.4; charset=utf-8",
      text: scrape.text(version: version, compatibility: compatibility))
  }

  private static func readiness(_ scrape: Scrape) -> Page {
    let lines = [("bfdd", scrape.bfd != nil), ("vrrpd", scrape.vrrp != nil)].map { name, answers in
      "\(name) \(answers ? "answers" : "does not answer")\n"
    }
    let isReady = scrape.bfd != nil && scrape.vrrp != nil
    return Page(status: isReady ? .ok : .serviceUnavailable, text: lines.joined())
  }

  private static let index = """
    <!DOCTYPE html><html lang="en"><title>baton-exporter</title><h1>baton-exporter</h1>
    <p><a href="/metrics">/metrics</a> <a href="/healthz">/healthz</a> <a href="/readyz">/readyz</a></p></html>

    """
}
