// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target of the project is built with the same strict settings: a warning is an error, and code that
/// touches memory unsafely must say `unsafe` (which only LinuxIO may).
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

/// What a daemon is made of, beside its protocol core.
let daemonParts: [Target.Dependency] = [
  "NetPrimitives", "KeepalivedConfig", "Varlink", "ControlInterface", "LinuxIO", "ScriptHelper", "DaemonRuntime",
  logging,
]
/// What an operator's tool is made of.
let toolParts: [Target.Dependency] = ["NetPrimitives", "Varlink", "ControlInterface", "ControlClient", argumentParser]

let package = Package(
  name: "baton",
  products: [
    .executable(name: "bfdd", targets: ["bfdd"]),
    .executable(name: "vrrpd", targets: ["vrrpd"]),
    .executable(name: "bfdctl", targets: ["bfdctl"]),
    .executable(name: "vrrpctl", targets: ["vrrpctl"]),
    .executable(name: "baton-exporter", targets: ["baton-exporter"]),
    .executable(name: "baton-lab", targets: ["baton-lab"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
  ],
  targets: [
    // Vocabulary and protocol cores: no operating system, no clock, no randomness of their own.
    .target(name: "NetPrimitives", swiftSettings: strict),
    .target(name: "BFDCore", dependencies: ["NetPrimitives", crypto], swiftSettings: strict),
    .target(name: "VRRPCore", dependencies: ["NetPrimitives", crypto], swiftSettings: strict),
    .target(name: "KeepalivedConfig", dependencies: ["NetPrimitives"], swiftSettings: strict),

    // The control protocol and what the daemons say in it.
    .target(name: "Varlink", swiftSettings: strict),
    .target(name: "ControlInterface", dependencies: ["Varlink"], swiftSettings: strict),

    // The operating system.
    .target(name: "CLinux", cSettings: [.define("_GNU_SOURCE")]),
    .systemLibrary(name: "CNetlink", pkgConfig: "libnl-route-3.0", providers: [.apt(["libnl-route-3-dev"])]),
    .target(name: "LinuxIO", dependencies: ["NetPrimitives", "CLinux", "CNetlink", logging], swiftSettings: strict),

    // What both daemons share: the script helper process, arguments, the control server.
    .target(name: "ScriptHelper", dependencies: ["NetPrimitives", "LinuxIO", logging], swiftSettings: strict),
    .target(
      name: "DaemonRuntime",
      dependencies: [
        "NetPrimitives", "KeepalivedConfig", "Varlink", "ControlInterface", "LinuxIO", "ScriptHelper", logging,
      ],
      swiftSettings: strict),
    .executableTarget(name: "bfdd", dependencies: ["BFDCore"] + daemonParts, swiftSettings: strict),
    .executableTarget(name: "vrrpd", dependencies: ["VRRPCore"] + daemonParts, swiftSettings: strict),

    // The operator's tools.
    .target(
      name: "ControlClient", dependencies: ["NetPrimitives", "Varlink", "ControlInterface", "LinuxIO", argumentParser],
      swiftSettings: strict),
    .executableTarget(name: "bfdctl", dependencies: toolParts, swiftSettings: strict),
    .executableTarget(name: "vrrpctl", dependencies: toolParts, swiftSettings: strict),

    // Prometheus: the text is made without an operating system, the exporter serves it.
    .target(name: "Metrics", dependencies: ["ControlInterface"], swiftSettings: strict),
    .executableTarget(
      name: "baton-exporter",
      dependencies: [
        "Metrics", "NetPrimitives", "ControlInterface", "ControlClient", "LinuxIO", argumentParser, logging,
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),

    // The lab: routers in network namespaces, faults, timelines.
    .target(
      name: "LabKit",
      dependencies: ["NetPrimitives", "BFDCore", "VRRPCore", "KeepalivedConfig", "LinuxIO", "DaemonRuntime"],
      swiftSettings: strict),
    .executableTarget(name: "baton-lab", dependencies: ["LabKit", argumentParser], swiftSettings: strict),

    .testTarget(name: "NetPrimitivesTests", dependencies: ["NetPrimitives"], swiftSettings: strict),
    .testTarget(name: "BFDCoreTests", dependencies: ["BFDCore", "NetPrimitives"], swiftSettings: strict),
    .testTarget(name: "VRRPCoreTests", dependencies: ["VRRPCore", "NetPrimitives"], swiftSettings: strict),
    .testTarget(
      name: "KeepalivedConfigTests", dependencies: ["KeepalivedConfig", "NetPrimitives"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(name: "VarlinkTests", dependencies: ["Varlink", "NetPrimitives"], swiftSettings: strict),
    .testTarget(
      name: "ControlInterfaceTests", dependencies: ["ControlInterface", "Varlink"], swiftSettings: strict),
    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
    .testTarget(
      name: "LinuxIOTests", dependencies: ["LinuxIO", "NetPrimitives", "CAllocationCounter", logging],
      swiftSettings: strict),
    // A program that is nothing but a script helper, as the daemons are when they start themselves again.
    .executableTarget(
      name: "script-helper-host", dependencies: ["ScriptHelper"], path: "Tests/ScriptHelperHost", swiftSettings: strict),
    .testTarget(
      name: "ScriptHelperTests",
      dependencies: ["ScriptHelper", "script-helper-host", "LinuxIO", "NetPrimitives", logging], swiftSettings: strict),
    .testTarget(
      name: "DaemonRuntimeTests",
      dependencies: [
        "DaemonRuntime", "LinuxIO", "Varlink", "ControlInterface", "KeepalivedConfig", "NetPrimitives",
        "ScriptHelper", logging,
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ControlClientTests",
      dependencies: ["ControlClient", "ControlInterface", "Varlink", "LinuxIO", "NetPrimitives"],
      swiftSettings: strict),
    .testTarget(
      name: "MetricsTests", dependencies: ["Metrics", "ControlInterface"], exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "bfddTests", dependencies: ["bfdd", "BFDCore", "CAllocationCounter"] + daemonParts, swiftSettings: strict),
    // What files say with each keyword and without it, for tests of reloads.
    .target(name: "ReloadSamples", path: "Tests/ReloadSamples", swiftSettings: strict),
    .testTarget(
      name: "vrrpdTests", dependencies: ["vrrpd", "VRRPCore", "ReloadSamples"] + daemonParts, swiftSettings: strict),
    .testTarget(
      name: "SimulationTests", dependencies: ["BFDCore", "VRRPCore", "NetPrimitives"], swiftSettings: strict),
    .testTarget(
      name: "LabKitTests", dependencies: ["LabKit", "KeepalivedConfig", "NetPrimitives"], exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(
      name: "LabTests", dependencies: ["LabKit", "BFDCore", "VRRPCore", "LinuxIO", "NetPrimitives", "ReloadSamples"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "SystemdTests", dependencies: ["BFDCore", "LabKit", "LinuxIO", "NetPrimitives", "VRRPCore"],
      swiftSettings: strict),
  ]
)

// Fuzzers are programs whose main function libFuzzer brings, so only `make fuzz` builds them, instrumented.
if Context.environment["BATON_FUZZ"] != nil {
  let fuzzing = strict + [.unsafeFlags(["-parse-as-library"])]
  package.targets.append(.target(name: "FuzzInput", path: "Tests/Fuzz/FuzzInput", swiftSettings: strict))
  let fuzzed: KeyValuePairs<String, [Target.Dependency]> = [
    "FuzzBFD": ["BFDCore", "NetPrimitives"], "FuzzVRRP": ["VRRPCore", "NetPrimitives"],
    "FuzzConfiguration": ["KeepalivedConfig"], "FuzzVarlink": ["ControlInterface", "Varlink"],
  ]
  for (name, parts) in fuzzed {
    package.targets.append(
      .executableTarget(
        name: name, dependencies: ["FuzzInput"] + parts, path: "Tests/Fuzz/\(name)", swiftSettings: fuzzing))
  }
}
