// The direction of imports, once, as code. SwiftPM lets transitive imports pass, so this table and its test
// are the guard: a module may import what its row names, standard modules every module may use, and nothing
// else.

/// What each module may import beyond the standard ones.
let allowedImports: [String: Set<String>] = [
    // Level 0: vocabulary
    "Octets": [],
    "Timekeeping": [],
    "Metering": ["Timekeeping"],
    "Faults": [],
    "Logging": [],
    "JSONText": [],
    "Version": ["CVersion"],
    // Level 1: protocol cores and storage
    "DLMS": ["Octets"],
    "SPODES": ["DLMS", "Metering", "Octets", "Timekeeping"],
    "RTU327": ["Octets"],
    "Telnet": [],
    "Storage": ["CSQLite"],
    // Level 1½: seams, and the virtual time that stands behind them in tests and simulation
    "Seams": ["Timekeeping"],
    "VirtualTime": ["Seams", "Timekeeping"],
    // The second importer of SQLite: it stands behind the library as a disk, never in front of it.
    "StorageSimulation": ["CSQLite", "VirtualTime"],
    // Level 2: policy
    "Listening": ["Faults", "Logging", "Seams", "Timekeeping"],
    "Configuration": ["Faults", "JSONText", "Logging", "Metering", "RTU327", "Seams", "Timekeeping"],
    "Diagnosis": ["DLMS", "Octets", "Timekeeping"],
    "Lines": ["Diagnosis", "Faults", "Logging", "Octets", "Seams", "Timekeeping"],
    "Drivers": [
        "DLMS", "Faults", "JSONText", "Lines", "Logging", "Metering", "Octets", "SPODES", "Seams",
        "Timekeeping",
    ],
    "Archive": [
        "Configuration", "Faults", "JSONText", "Logging", "Metering", "Seams", "Storage", "Timekeeping",
    ],
    "Polling": [
        "Archive", "Configuration", "Drivers", "Faults", "Lines", "Listening", "Logging", "Metering",
        "Seams", "Timekeeping",
    ],
    "Publishing": [
        "Archive", "Configuration", "Faults", "JSONText", "Logging", "Metering", "Seams", "Timekeeping",
    ],
    "Events": ["Archive", "Configuration", "Faults", "Logging", "Metering", "Seams", "Timekeeping"],
    "WebAdmin": [
        "Archive", "Configuration", "DLMS", "Diagnosis", "Drivers", "Events", "Faults", "JSONText", "Lines",
        "Logging", "Metering", "Octets", "Polling", "Publishing", "Seams", "Timekeeping",
    ],
    "Errands": [
        "Archive", "Drivers", "Faults", "JSONText", "Lines", "Metering", "Octets", "Seams", "Timekeeping",
    ],
    "Remote": [
        "DLMS", "Errands", "Faults", "Lines", "Logging", "Octets", "Seams", "Timekeeping", "Transit",
    ],
    "Transit": [
        "Configuration", "DLMS", "Faults", "Lines", "Logging", "Seams", "Telnet", "Timekeeping",
    ],
    "HeadEnd": ["Archive", "Faults", "Logging", "Metering", "Octets", "RTU327", "Seams", "Timekeeping"],
    "Street": ["DLMS", "Diagnosis", "Metering", "Octets", "SPODES", "Seams", "Timekeeping"],
    // Level 3: doors. OpenSSL has a second importer: the TLS streams of the event loop.
    "EventLoop": ["CEvent", "CLinux", "COpenSSL", "Seams", "Timekeeping"],
    "Ports": ["CEvent", "CLinux", "EventLoop", "Seams", "Timekeeping"],
    "Security": ["COpenSSL", "DLMS", "Seams", "Timekeeping"],
    "MQTTClient": ["CMosquitto", "EventLoop", "Logging", "Seams", "Timekeeping"],
    "HTTPServer": ["CEvent", "CLinux", "EventLoop", "Seams", "Timekeeping"],
    "Compression": ["CZlib", "Seams"],
    "Spreadsheets": ["CXLSXWriter", "Seams", "Timekeeping"],
    "HostLinux": ["CLinux", "Logging", "Seams", "Timekeeping"],
    "DeviceInputs": ["CGPIO", "CLinux", "EventLoop", "Seams", "Timekeeping"],
    // Level 4: assembly
    "Runtime": [
        "Archive", "Configuration", "DLMS", "Drivers", "Errands", "Events", "Faults", "HeadEnd", "Lines",
        "Listening", "Logging", "Metering", "Polling", "Publishing", "RTU327", "Remote", "Seams",
        "Timekeeping", "Transit", "WebAdmin",
    ],
    "Gateway": [
        "Archive", "Compression", "Configuration", "DeviceInputs", "Drivers", "EventLoop", "Events",
        "Faults",
        "HeadEnd", "HostLinux", "HTTPServer", "Lines", "Logging", "Metering", "MQTTClient", "Polling",
        "Ports", "Publishing", "Runtime", "Seams", "Security", "Spreadsheets", "Timekeeping", "Version",
        "WebAdmin",
    ],
    "Simulation": [
        "Archive", "Configuration", "Drivers", "Events", "Faults", "JSONText", "Lines", "Logging",
        "Metering", "Polling", "Publishing", "Runtime", "SPODES", "Seams", "StorageSimulation", "Street",
        "Timekeeping", "VirtualTime",
    ],
    // Level 5: mains
    "gatewayd": ["EventLoop", "Gateway", "Version"],
    "metersim": [
        "Diagnosis", "EventLoop", "Logging", "Ports", "Seams", "Security", "Street", "Timekeeping", "Version",
    ],
    "simulate": ["Simulation", "StorageSimulation", "Version"],
    // The one main that puts the publisher, the real door and the street's physics together.
    "bench-modem": [
        "Archive", "Compression", "Configuration", "EventLoop", "Logging", "MQTTClient",
        "Metering", "Publishing", "SPODES", "Seams", "Street", "Timekeeping",
    ],
    "bench-codec": ["DLMS", "Octets"],
    "bench-archive": [
        "Archive", "CArchiveTwin", "Faults", "JSONText", "Metering", "Seams", "Timekeeping",
    ],
    "gatewayctl": [
        "DLMS", "Drivers", "Errands", "EventLoop", "Faults", "HostLinux", "JSONText", "Lines", "Logging",
        "Metering",
        "Octets",
        "Ports",
        "RTU327", "Remote", "SPODES", "Seams", "Security", "Timekeeping", "Version",
    ],
]

/// Modules of the toolchain that anyone may import.
let standardImports: Set<String> = ["Swift", "Synchronization", "FoundationEssentials", "Glibc"]
