/// Everything that a path leads through, as the kernel resolves it: each directory, each symbolic link, the directories
/// that the link leads through, and the file at the end.
///
/// A link decides where the rest of the path lies, wherever it stands in it. So whoever can change one of them, or the
/// directory that holds it, decides what the path leads to.
struct PathWalk {
  /// One thing on the way.
  struct Hop: Hashable {
    /// Its path, in which only the last component can be a link.
    let path: String
    let status: FileStatus
  }

  /// The hops in the order in which the kernel meets them, `/` first.
  private(set) var hops: [Hop] = []
  private let files: FileInspector
  /// Components that are still to be looked up, the next one last.
  private var rest: [Substring] = []
  /// The directory that was reached, without links; empty for `/`.
  private var place: [Substring] = []
  private var linksLeft = 40

  /// What ends a walk early: the component, and why.
  struct Obstacle: Error, Hashable {
    let path: String
    let errno: Int32
  }

  /// Walks along `path`, which starts with `/`.
  init(_ path: String, in files: FileInspector) throws(Obstacle) {
    self.files = files
    rest = Self.components(path)
    try visit("/")
    while let component = rest.popLast() {
      // A file in the middle of a path.
      guard end?.status.kind == .directory else { throw Obstacle(path: here, errno: 20) }
      switch component {
      case ".": break
      case "..":
        _ = place.popLast()
        try visit(here)
      default: try enter(component)
      }
    }
  }

  /// What the path leads to; on the way, how far it has led.
  var end: Hop? { hops.last }

  private var here: String { "/" + place.joined(separator: "/") }

  private mutating func enter(_ component: Substring) throws(Obstacle) {
    place.append(component)
    let path = here
    try visit(path)
    guard end?.status.kind == .link else { return }
    linksLeft -= 1
    guard linksLeft >= 0 else { throw Obstacle(path: path, errno: 40) }
    let target: String
    switch files.linkTarget(path) {
    case .failure(let error): throw Obstacle(path: path, errno: error.errno)
    case .success(let found): target = found
    }
    // A relative target starts from the directory that holds the link.
    if target.utf8.first == UInt8(ascii: "/") { place = [] } else { place.removeLast() }
    rest += Self.components(target)
    try visit(here)
  }

  private mutating func visit(_ path: String) throws(Obstacle) {
    switch files.status(path) {
    case .failure(let error): throw Obstacle(path: path, errno: error.errno)
    case .success(let status): hops.append(Hop(path: path, status: status))
    }
  }

  private static func components(_ path: String) -> [Substring] {
    path.split(separator: "/").reversed()
  }
}
