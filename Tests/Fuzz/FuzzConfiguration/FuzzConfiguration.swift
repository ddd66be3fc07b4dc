import FuzzInput
import KeepalivedConfig

/// A configuration file with anything in it: reading it ends, with findings that have a place.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  var tape = unsafe Tape(start, count)
  let bytes = tape.rest()
  var source = ConfigurationSource(identifier: "router", randomSeed: 1)
  source.readFile = { path, _ throws(FileProblem) in
    guard path == "/etc/main.conf" else { throw .missing }
    return ConfigurationFile(bytes: bytes)
  }
  guard let loaded = try? Configuration.load(path: "/etc/main.conf", from: source) else { return 0 }
  precondition(loaded.findings.allSatisfy { $0.location.line > 0 && $0.location.column > 0 })
  return 0
}
