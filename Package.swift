// swift-tools-version: 6.2
// The gateway as one package. Levels and directions: Sources/Gateway/Gateway.docc/Architecture.md;
// the import table that a test holds: Tests/TidyTests/AllowedImports.swift.
//
// SCOPE=Name,Name  restricts the package to those modules, what they need, and their tests (quick loops).
// STRICT=1         makes warnings errors, as the whole test run does.
// FUZZ=1           builds the fuzz executables instead (use an own --scratch-path).

import Foundation
import PackageDescription

let environment = ProcessInfo.processInfo.environment

let swiftSettings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ] + (environment["STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)])
let cSettings: [CSetting] = [.define("_GNU_SOURCE")]
let linkerSettings: [LinkerSetting] = [.linkedLibrary("m")]

/// One row per Swift module: name, what it depends on.
let modules: [(name: String, needs: [String])] = [
    // Level 0: vocabulary
    ("Octets", []),
    ("Timekeeping", []),
    ("Metering", ["Timekeeping"]),
    ("Faults", []),
    ("Logging", []),
    ("JSONText", []),
    ("Version", ["CVersion"]),
    // Level 1: protocol cores and storage
    ("DLMS", ["Octets"]),
    ("SPODES", ["DLMS", "Metering", "Octets", "Timekeeping"]),
    ("RTU327", ["Octets"]),
    ("Telnet", []),
    ("Storage", ["CSQLite"]),
    // Level 1½: seams
    ("Seams", ["Timekeeping"]),
    ("VirtualTime", ["Seams", "Timekeeping"]),
    ("StorageSimulation", ["CSQLite", "VirtualTime"]),
    // Level 2: policy
    ("Listening", ["Faults", "Logging", "Seams", "Timekeeping"]),
    ("Configuration", ["Faults", "JSONText", "Logging", "Metering", "RTU327", "Seams", "Timekeeping"]),
    ("Diagnosis", ["DLMS", "Octets", "Timekeeping"]),
    ("Lines", ["Diagnosis", "Faults", "Logging", "Octets", "Seams", "Timekeeping"]),
    (
        "Drivers",
        [
            "DLMS", "Faults", "JSONText", "Lines", "Logging", "Metering", "Octets", "SPODES", "Seams",
            "Timekeeping",
        ]
    ),
    (
        "Archive",
        ["Configuration", "Faults", "JSONText", "Logging", "Metering", "Seams", "Storage", "Timekeeping"]
    ),
    (
        "Polling",
        [
            "Archive", "Configuration", "Drivers", "Faults", "Lines", "Listening", "Logging", "Metering",
            "Seams", "Timekeeping",
        ]
    ),
    (
        "Publishing",
        ["Archive", "Configuration", "Faults", "JSONText", "Logging", "Metering", "Seams", "Timekeeping"]
    ),
    ("Events", ["Archive", "Configuration", "Faults", "Logging", "Metering", "Seams", "Timekeeping"]),
    (
        "WebAdmin",
        [
            "Archive", "Configuration", "DLMS", "Diagnosis", "Drivers", "Events", "Faults", "JSONText",
            "Lines", "Logging", "Metering", "Octets", "Polling", "Publishing", "Seams", "Timekeeping",
        ]
    ),
    (
        "Errands",
        [
            "Archive", "Drivers", "Faults", "JSONText", "Lines", "Metering", "Octets", "Seams", "Timekeeping",
        ]
    ),
    (
        "Remote",
        ["DLMS", "Errands", "Faults", "Lines", "Logging", "Octets", "Seams", "Timekeeping", "Transit"]
    ),
    (
        "Transit",
        ["Configuration", "DLMS", "Faults", "Lines", "Logging", "Seams", "Telnet", "Timekeeping"]
    ),
    ("HeadEnd", ["Archive", "Faults", "Logging", "Metering", "Octets", "RTU327", "Seams", "Timekeeping"]),
    ("Street", ["DLMS", "Diagnosis", "Metering", "Octets", "SPODES", "Seams", "Timekeeping"]),
    // Level 3: doors
    ("EventLoop", ["CEvent", "CLinux", "COpenSSL", "Seams", "Timekeeping"]),
    ("Ports", ["CEvent", "CLinux", "EventLoop", "Seams", "Timekeeping"]),
    ("Security", ["COpenSSL", "DLMS", "Seams", "Timekeeping"]),
    ("MQTTClient", ["CMosquitto", "EventLoop", "Logging", "Seams", "Timekeeping"]),
    ("HTTPServer", ["CEvent", "CLinux", "EventLoop", "Seams", "Timekeeping"]),
    ("Compression", ["CZlib", "Seams"]),
    ("Spreadsheets", ["CXLSXWriter", "Seams", "Timekeeping"]),
    ("HostLinux", ["CLinux", "Logging", "Seams", "Timekeeping"]),
    ("DeviceInputs", ["CGPIO", "CLinux", "EventLoop", "Seams", "Timekeeping"]),
    // Level 4: assembly
    (
        "Runtime",
        [
            "Archive", "Configuration", "DLMS", "Drivers", "Errands", "Events", "Faults", "HeadEnd", "Lines",
            "Listening", "Logging", "Metering", "Polling", "Publishing", "RTU327", "Remote", "Seams",
            "Timekeeping", "Transit", "WebAdmin",
        ]
    ),
    (
        "Gateway",
        [
            "Archive", "Compression", "Configuration", "DeviceInputs", "Drivers", "EventLoop", "Events",
            "Faults",
            "HeadEnd", "HostLinux", "HTTPServer", "Lines", "Logging", "Metering", "MQTTClient", "Polling",
            "Ports", "Publishing", "Runtime", "Seams", "Security", "Spreadsheets", "Timekeeping", "Version",
            "WebAdmin",
        ]
    ),
    (
        "Simulation",
        [
            "Archive", "Configuration", "Drivers", "Events", "Faults", "Lines", "Logging", "Metering",
            "Polling", "JSONText", "Publishing", "Runtime", "SPODES", "Seams", "StorageSimulation", "Street",
            "Timekeeping", "VirtualTime",
        ]
    ),
]

/// Executables, one per product of the command-line contract, and the workshop's own.
let mains: [(name: String, needs: [String])] = [
    ("gatewayd", ["EventLoop", "Gateway", "Version"]),
    (
        "metersim",
        [
            "Diagnosis", "EventLoop", "Logging", "Ports", "Seams", "Security", "Street", "Timekeeping",
            "Version",
        ]
    ),
    ("simulate", ["Simulation", "StorageSimulation", "Version"]),
    (
        "bench-modem",
        [
            "Archive", "Compression", "Configuration", "EventLoop", "Logging", "MQTTClient", "Metering",
            "Publishing", "SPODES", "Seams", "Street", "Timekeeping",
        ]
    ),
    ("bench-codec", ["DLMS", "Octets"]),
    (
        "bench-archive",
        ["Archive", "CArchiveTwin", "Faults", "JSONText", "Metering", "Seams", "Timekeeping"]
    ),
    (
        "gatewayctl",
        [
            "DLMS", "Drivers", "Errands", "EventLoop", "Faults", "HostLinux", "JSONText", "Lines", "Logging",
            "Metering",
            "Octets",
            "Ports",
            "RTU327", "Remote", "SPODES", "Seams", "Security", "Timekeeping", "Version",
        ]
    ),
]

/// System libraries: module, pkg-config name, Debian package.
let libraries: [(name: String, pkgConfig: String?, debian: String)] = [
    ("CSQLite", "sqlite3", "libsqlite3-dev"),
    ("CEvent", nil, "libevent-dev"),
    ("COpenSSL", "openssl", "libssl-dev"),
    ("CMosquitto", "libmosquitto", "libmosquitto-dev"),
    ("CZlib", "zlib", "zlib1g-dev"),
    ("CXLSXWriter", "xlsxwriter", "libxlsxwriter-dev"),
    ("CLinux", nil, "libc6-dev"),
    ("CGPIO", "libgpiod", "libgpiod-dev"),
]

/// Test targets: what each needs beyond the module of its own name.
let suites: [(name: String, needs: [String])] = [
    ("OctetsTests", ["Octets"]),
    ("TimekeepingTests", ["Timekeeping"]),
    ("MeteringTests", ["Metering", "Timekeeping"]),
    ("FaultsTests", ["Faults"]),
    ("LoggingTests", ["Logging"]),
    ("JSONTextTests", ["JSONText"]),
    ("VersionTests", ["Version"]),
    ("DLMSTests", ["DLMS", "Octets", "Seams", "Security"]),
    ("RTU327Tests", ["RTU327", "Octets"]),
    ("TelnetTests", ["Telnet"]),
    ("SPODESTests", ["SPODES", "DLMS", "Metering", "Octets", "Timekeeping"]),
    ("StorageTests", ["Storage"]),
    ("StorageSimulationTests", ["StorageSimulation", "Storage", "VirtualTime"]),
    ("SeamsTests", ["Seams", "Timekeeping"]),
    ("VirtualTimeTests", ["VirtualTime", "Seams", "Timekeeping"]),
    (
        "ConfigurationTests",
        ["Configuration", "Faults", "JSONText", "Logging", "Metering", "Seams", "Timekeeping", "VirtualTime"]
    ),
    ("DiagnosisTests", ["Diagnosis", "DLMS", "Octets", "Timekeeping"]),
    (
        "LinesTests",
        ["Lines", "Diagnosis", "Faults", "Logging", "Octets", "Seams", "Timekeeping", "VirtualTime"]
    ),
    (
        "DriversTests",
        [
            "Drivers", "DLMS", "Diagnosis", "Faults", "Lines", "Logging", "Metering", "Octets", "SPODES",
            "Seams",
            "Security", "Street",
            "Timekeeping", "VirtualTime",
        ]
    ),
    (
        "ArchiveTests",
        [
            "Archive", "Configuration", "Faults", "Logging", "Metering", "Seams", "Storage",
            "StorageSimulation", "Timekeeping", "VirtualTime", "bench-archive",
        ]
    ),
    (
        "PollingTests",
        [
            "Polling", "Archive", "Configuration", "Drivers", "Faults", "Lines", "Logging", "Metering",
            "Seams", "Storage", "StorageSimulation", "Timekeeping", "VirtualTime",
        ]
    ),
    (
        "PublishingTests",
        [
            "Publishing", "Archive", "Configuration", "Faults", "JSONText", "Logging", "Metering", "Seams",
            "Timekeeping", "VirtualTime",
        ]
    ),
    (
        "ErrandsTests",
        ["Errands", "Drivers", "Faults", "JSONText", "Metering", "Seams", "Timekeeping", "VirtualTime"]
    ),
    (
        "RemoteTests",
        [
            "Remote", "DLMS", "Drivers", "Errands", "Faults", "Lines", "Logging", "Octets", "Seams",
            "Timekeeping", "VirtualTime",
        ]
    ),
    (
        "TransitTests",
        [
            "Transit", "Configuration", "DLMS", "Drivers", "Errands", "Faults", "Lines", "Logging",
            "Remote", "Seams", "Telnet", "Timekeeping", "VirtualTime",
        ]
    ),
    (
        "HeadEndTests",
        [
            "HeadEnd", "Archive", "Logging", "Metering", "Octets", "RTU327", "Seams", "Timekeeping",
            "VirtualTime",
        ]
    ),
    (
        "EventsTests",
        [
            "Events", "Archive", "Configuration", "Faults", "Logging", "Metering", "Seams", "Timekeeping",
            "VirtualTime",
        ]
    ),
    (
        "WebAdminTests",
        [
            "WebAdmin", "Archive", "Configuration", "DLMS", "Diagnosis", "Drivers", "Events", "Faults",
            "JSONText", "Lines", "Octets", "Logging", "Metering", "Polling", "Publishing", "Seams",
            "Timekeeping", "VirtualTime",
        ]
    ),
    (
        "StreetTests",
        [
            "Street", "DLMS", "Diagnosis", "Metering", "Octets", "SPODES", "Seams", "Timekeeping",
            "VirtualTime",
        ]
    ),
    ("EventLoopTests", ["EventLoop", "CLinux", "Seams", "Timekeeping"]),
    ("ListeningTests", ["Listening", "Faults", "Logging", "Seams", "Timekeeping", "VirtualTime"]),
    (
        "PortsTests",
        ["Ports", "CLinux", "EventLoop", "Lines", "Logging", "Seams", "Security", "Timekeeping"]
    ),
    ("SecurityTests", ["Security", "DLMS", "Octets", "Seams", "Timekeeping"]),
    ("MQTTClientTests", ["MQTTClient", "CLinux", "EventLoop", "Logging", "Seams", "Timekeeping"]),
    ("HTTPServerTests", ["HTTPServer", "CLinux", "EventLoop", "Seams", "Security", "Timekeeping"]),
    ("CompressionTests", ["Compression", "Seams"]),
    ("SpreadsheetsTests", ["Spreadsheets", "CZlib", "Seams", "Timekeeping"]),
    ("HostLinuxTests", ["HostLinux", "CLinux", "Logging", "Seams", "Timekeeping"]),
    ("DeviceInputsTests", ["DeviceInputs", "EventLoop", "Seams", "Timekeeping"]),
    (
        "SimulationTests",
        [
            "Simulation", "Archive", "Configuration", "Drivers", "Events", "Faults", "JSONText", "Lines",
            "Logging",
            "Metering", "Polling", "Publishing", "Runtime", "SPODES", "Seams", "Street", "Timekeeping",
            "VirtualTime",
        ]
    ),
    ("TidyTests", []),
    ("EndToEndTests", []),
]

/// One ten-line executable per decoder of untrusted octets: Tests/Fuzz/<name>/main.swift.
let fuzzers: [(name: String, needs: [String])] = [
    ("FuzzHDLC", ["DLMS", "Octets"]),
    ("FuzzWrapper", ["DLMS", "Octets"]),
    ("FuzzAXDR", ["DLMS", "Octets"]),
    ("FuzzAPDU", ["DLMS", "Octets"]),
    ("FuzzServer", ["DLMS", "Octets"]),
    ("FuzzPush", ["DLMS", "Octets"]),
    ("FuzzCiphered", ["DLMS", "Octets", "Seams", "Security"]),
    ("FuzzRTU327", ["RTU327", "Octets"]),
    ("FuzzRemote", ["Remote", "Errands", "Octets"]),
    ("FuzzTelnet", ["Telnet"]),
    ("FuzzHTTPHead", ["HTTPServer"]),
    ("FuzzJSON", ["JSONText"]),
    ("FuzzLineRecording", ["Diagnosis"]),
]

// MARK: - From the tables to targets

func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: Context.packageDirectory + "/" + path)
}

/// The names of `roots` and of everything they need, straight from the tables above.
func closure(of roots: Set<String>) -> Set<String> {
    let needs = Dictionary(
        uniqueKeysWithValues: (modules + mains + suites + fuzzers).map { ($0.name, $0.needs) })
    var found: Set<String> = []
    var waiting = Array(roots)
    while let name = waiting.popLast() {
        guard found.insert(name).inserted else { continue }
        waiting += needs[name] ?? []
    }
    return found
}

func dependencies(_ names: [String]) -> [Target.Dependency] { names.map { .byName(name: $0) } }

var targets: [Target] = libraries.map { library in
    .systemLibrary(
        name: library.name, path: "Sources/C/\(library.name)", pkgConfig: library.pkgConfig,
        providers: [.apt([library.debian])])
}
// The plain C twin that the archive is measured against.
targets.append(
    .target(
        name: "CArchiveTwin", dependencies: [.byName(name: "CSQLite")], path: "Sources/C/CArchiveTwin",
        cSettings: cSettings))
let commit =
    Context.gitInformation.map { $0.currentCommit + ($0.hasUncommittedChanges ? "-modified" : "") } ?? ""
targets.append(
    .target(
        name: "CVersion", path: "Sources/C/CVersion",
        cSettings: cSettings + [.define("GATEWAY_COMMIT", to: "\"\(commit)\"")]))
targets += modules.map { module in
    .target(
        name: module.name, dependencies: dependencies(module.needs),
        exclude: exists("Sources/\(module.name)/\(module.name).docc") ? ["\(module.name).docc"] : [],
        cSettings: cSettings, swiftSettings: swiftSettings, linkerSettings: linkerSettings)
}
if environment["FUZZ"] == nil {
    targets += mains.map { main in
        .executableTarget(
            name: main.name, dependencies: dependencies(main.needs), cSettings: cSettings,
            swiftSettings: swiftSettings)
    }
    targets += suites.filter { exists("Tests/\($0.name)") }.map { suite in
        .testTarget(
            name: suite.name, dependencies: dependencies(suite.needs),
            exclude: exists("Tests/\(suite.name)/Fixtures") ? ["Fixtures"] : [],
            cSettings: cSettings, swiftSettings: swiftSettings)
    }
} else {
    targets += fuzzers.filter { exists("Tests/Fuzz/\($0.name)") }.map { fuzzer in
        .executableTarget(
            name: fuzzer.name, dependencies: dependencies(fuzzer.needs), path: "Tests/Fuzz/\(fuzzer.name)",
            cSettings: cSettings, swiftSettings: swiftSettings + [.unsafeFlags(["-parse-as-library"])])
    }
}
if let scope = environment["SCOPE"] {
    let roots = Set(scope.split(separator: ",").map(String.init))
    let kept = closure(of: roots.union(roots.map { $0 + "Tests" }))
    targets = targets.filter { kept.contains($0.name) }
}

let package = Package(name: "gateway", targets: targets)
