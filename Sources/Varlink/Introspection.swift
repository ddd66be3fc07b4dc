/// An interface's name and its description in Varlink's interface definition language.
public struct InterfaceDescription: Equatable, Sendable {
  /// The reverse-domain name, such as "dev.baton.bfd".
  public let name: String
  /// The whole definition, comments included.
  public let text: String

  /// An interface with its definition.
  public init(name: String, text: String) {
    self.name = name
    self.text = text
  }

  /// The interface every service has.
  public static let service = InterfaceDescription(
    name: "org.varlink.service",
    text: """
      # What every Varlink service can tell about itself.
      interface org.varlink.service

      # Who made the service, which one it is, and the interfaces it has.
      method GetInfo() -> (
        vendor: string,
        product: string,
        version: string,
        url: string,
        interfaces: []string
      )

      # The definition of one of the interfaces.
      method GetInterfaceDescription(interface: string) -> (description: string)

      # The service has no such interface.
      error InterfaceNotFound (interface: string)

      # The interface has no such method.
      error MethodNotFound (method: string)

      # The interface has the method, but the service does not offer it.
      error MethodNotImplemented (method: string)

      # A parameter is missing, has the wrong type or an impossible value.
      error InvalidParameter (parameter: string)

      # The caller may not do this.
      error PermissionDenied ()

      # The method answers with a stream and must be called with "more".
      error ExpectedMore ()

      """)
}

/// What a service says about itself, and its answers to `org.varlink.service`.
public struct ServiceDescription: Equatable, Sendable {
  /// Who made it.
  public let vendor: String
  /// What it is.
  public let product: String
  /// Its version.
  public let version: String
  /// Where to read more.
  public let url: String
  /// Its own interfaces, without `org.varlink.service`.
  public let interfaces: [InterfaceDescription]

  /// The description of a service.
  public init(vendor: String, product: String, version: String, url: String, interfaces: [InterfaceDescription]) {
    self.vendor = vendor
    self.product = product
    self.version = version
    self.url = url
    self.interfaces = interfaces
  }

  /// The answer to a call of `org.varlink.service`.
  public func answer(_ call: Call) throws(VarlinkError) -> any Encodable & Sendable {
    switch call.name {
    case "GetInfo":
      return ServiceInfo(
        vendor: vendor, product: product, version: version, url: url,
        interfaces: [InterfaceDescription.service.name] + interfaces.map(\.name))
    case "GetInterfaceDescription":
      let wanted = try call.parameters(as: InterfaceParameter.self).interface
      guard let found = ([.service] + interfaces).first(where: { $0.name == wanted }) else {
        throw .interfaceNotFound(wanted)
      }
      return DescriptionParameter(description: found.text)
    default: throw .methodNotFound(call.method)
    }
  }
}

/// The reply to `org.varlink.service.GetInfo`.
public struct ServiceInfo: Codable, Equatable, Sendable {
  /// Who made the service.
  public let vendor: String
  /// What it is.
  public let product: String
  /// Its version.
  public let version: String
  /// Where to read more.
  public let url: String
  /// All its interfaces by name.
  public let interfaces: [String]
}

struct InterfaceParameter: Codable {
  let interface: String
}

struct DescriptionParameter: Codable {
  let description: String
}
