public import ControlInterface

/// Routers that are none of ours, as text for operators.
public enum ForeignText {
  /// One line for each, with a heading; nothing where there are none.
  public static func table(_ routers: [ForeignRouter], _ style: TextStyle) -> String {
    guard !routers.isEmpty else { return "" }
    var table = TextTable([
      "FOREIGN ROUTER", "INTERFACE", ">VRID", ">VERSION", ">PRIO", ">ADVERTS", ">LAST HEARD", "WHAT",
    ])
    for router in routers {
      table.append([
        .init(router.source), .init(router.interface), .init(String(router.vrid)), .init(String(router.version)),
        .init(String(router.priority)), .init(String(router.count)),
        .init(DurationText.age(max(0, style.now - router.lastSeen))),
        .init(what(router.kind), router.kind == .unknownVRID ? nil : .pending),
      ])
    }
    return "\n" + table.text(style)
  }

  private static func what(_ kind: ForeignRouter.Kind) -> String {
    switch kind {
    case .unknownVRID: "no instance here has this number"
    case .notAccepted: "not accepted: version, authentication, interval or checksum differ"
    case .otherAddresses: "our number, other addresses"
    }
  }
}
