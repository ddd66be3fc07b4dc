/// Why a configuration cannot be used: its findings, one a line.
struct ConfigurationRefusal: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
