import FoundationEssentials
import Metrics
import Testing

/// The dashboard, the alert rules and the manual name metrics: those that there are. That Prometheus takes the rules, and
/// that each alert fires, is tested with its own tool in SystemdTests.
@Suite struct ShippedFilesTests {
  private static let repository = #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/\($1)" }

  private func text(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: "\(Self.repository)/\(path)")), as: UTF8.self)
  }

  /// The words in `text` that look like names of our metrics, without what a histogram adds to its name.
  private func metrics(in text: String) -> Set<String> {
    let words = text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    let ours = words.filter { $0.hasPrefix("bfd_") || $0.hasPrefix("vrrp_") || $0.hasPrefix("baton_exporter_") }
    return Set(ours.map { $0.hasSuffix("_bucket") ? String($0.dropLast("_bucket".count)) : $0 })
  }

  private struct Dashboard: Decodable {
    struct Panel: Decodable {
      struct Target: Decodable { let expr: String }
      let id: Int
      let title: String
      let type: String
      let targets: [Target]?
    }
    struct Variables: Decodable {
      struct Variable: Decodable { let name: String }
      let list: [Variable]
    }
    let title: String
    let panels: [Panel]
    let templating: Variables
  }

  @Test func theDashboardShowsMetricsThatThereAre() throws {
    let text = try text("dashboards/baton.json")
    let dashboard = try JSONDecoder().decode(Dashboard.self, from: Data(text.utf8))
    #expect(Set(dashboard.panels.map(\.id)).count == dashboard.panels.count)
    for panel in dashboard.panels where panel.type != "row" {
      let expressions = panel.targets?.map(\.expr) ?? []
      #expect(!expressions.isEmpty, "\(panel.title)")
      for expression in expressions {
        let names = metrics(in: expression)
        #expect(!names.isEmpty && names.isSubset(of: Scrape.metricNames), "\(panel.title): \(expression)")
      }
    }
    for variable in dashboard.templating.list where variable.name != "datasource" {
      #expect(text.contains("=~\\\"$\(variable.name)\\\""), "nothing uses \(variable.name)")
    }
  }

  @Test func alertsWatchMetricsThatThereAre() throws {
    let rules = try text("dashboards/baton-alerts.yaml").split(separator: "\n").filter { $0.contains("expr:") }
    #expect(rules.count >= 10)
    for rule in rules {
      let names = metrics(in: String(rule))
      #expect(names.isSubset(of: Scrape.metricNames), "\(rule)")
      // Only the scrape's own success is Prometheus' metric.
      #expect(!names.isEmpty || rule.contains("up{"), "\(rule)")
    }
  }

  @Test func everyAlertHasATest() throws {
    func alerts(_ path: String, _ key: String) throws -> Set<String> {
      Set(
        try text(path).split(separator: "\n").filter { $0.contains(key) }.compactMap {
          $0.split(separator: " ").last.map(String.init)
        })
    }
    let rules = try alerts("dashboards/baton-alerts.yaml", "- alert: ")
    #expect(try alerts("Tests/MetricsTests/Fixtures/baton-alerts-tests.yaml", "alertname: ") == rules)
  }

  @Test func theManualNamesEveryMetric() throws {
    let listed = metrics(in: try text("man/baton-exporter.8"))
    #expect(listed == Scrape.metricNames)
  }
}
