import Foundation
import Testing

@Suite struct WordsTests {
    /// Modules that touch the world and may use its clocks, chance and locks.
    static let doors: Set<String> = [
        "EventLoop", "Ports", "Security", "MQTTClient", "HTTPServer", "Compression",
        "Spreadsheets", "DeviceInputs",
        "HostLinux",
    ]
    static let mains: Set<String> = ["gatewayd", "metersim", "gatewayctl"]

    /// Words banned from the product's code, and in which modules they are allowed all the same.
    static let banned: [(pattern: String, allowed: Set<String>)] = [
        (#"\btry!"#, []),
        (#"\bfatalError\("#, mains),
        (#"\bDate\(\)"#, doors),
        (#"\bTask\.sleep\b"#, doors),
        (#"\.random(Element)?\("#, doors),
        (#"\bSystemRandomNumberGenerator\b"#, doors),
        (#"\b(ContinuousClock|SuspendingClock)\b"#, doors.union(["simulate"])),
        (#"\bTask\.detached\b"#, doors.union(mains)),
        (#"\bTask \{"#, doors.union(mains)),
        (#"\bTask\("#, doors.union(mains).union(["VirtualTime"])),
        (#"@unchecked Sendable"#, doors.union(["VirtualTime", "StorageSimulation"])),
        (#"\bpthread_mutex"#, doors.union(["VirtualTime"])),
        (#"\bMutex<"#, doors.union(["bench-modem"])),
        (#"\bNSLock\b"#, []),
        (#"\bimport Foundation\b"#, []),
        (#"\bsystem\("#, []),
        (#"\bpopen\("#, []),
        (#"\bprint\("#, mains.union(["bench-archive", "bench-codec", "bench-modem", "HostLinux"])),
    ]

    /// Protocol cores: no waiting, no clocks.
    static let cores: Set<String> = [
        "Octets", "Metering", "Timekeeping", "Faults", "JSONText", "DLMS", "SPODES",
    ]

    @Test(arguments: banned.indices) func bannedWordsStayOut(index: Int) throws {
        let (pattern, allowed) = WordsTests.banned[index]
        let expression = try NSRegularExpression(pattern: pattern)
        let offences = lines(
            in: SourceTree.sources.filter { !allowed.contains($0.module ?? "") }, matching: expression)
        #expect(offences.isEmpty, "\(pattern):\n\(offences.joined(separator: "\n"))")
    }

    @Test func protocolCoresNeitherWaitNorOpen() throws {
        let expression = try NSRegularExpression(pattern: #"\b(async|actor)\b|\bawait\s+\w"#)
        let offences = lines(
            in: SourceTree.sources.filter { WordsTests.cores.contains($0.module ?? "") }, matching: expression
        )
        #expect(offences.isEmpty, "\(offences.joined(separator: "\n"))")
    }

    @Test func unfinishedWorkIsNotMarkedInComments() throws {
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
        var offences: [String] = []
        for file in SourceTree.everything where !file.path.hasPrefix("Tests/Vectors/") {
            for (number, line) in file.lines.enumerated()
            where marks.contains(where: { mark in
                line.range(of: #"\b\#(mark)\b"#, options: .regularExpression) != nil
            }) {
                offences.append("\(file.path):\(number + 1)")
            }
        }
        #expect(offences.isEmpty, "\(offences.joined(separator: "\n"))")
    }

    @Test func callbacksOfCInMainsAreSendable() throws {
        // A closure written in main-actor code and called from another thread traps at run time, unseen by
        // the compiler; callbacks of C libraries therefore live in the doors, which have no main actor.
        let expression = try NSRegularExpression(pattern: #"@convention\(c\)"#)
        let offences = lines(
            in: SourceTree.sources.filter { WordsTests.mains.contains($0.module ?? "") }, matching: expression
        )
        #expect(offences.isEmpty, "\(offences.joined(separator: "\n"))")
    }

    private func lines(in files: [SourceFile], matching expression: NSRegularExpression) -> [String] {
        var found: [String] = []
        for file in files {
            for (number, line) in file.code.enumerated() {
                let range = NSRange(line.startIndex..., in: line)
                if expression.firstMatch(in: line, range: range) != nil {
                    found.append("\(file.path):\(number + 1): \(line.trimmingCharacters(in: .whitespaces))")
                }
            }
        }
        return found
    }
}
