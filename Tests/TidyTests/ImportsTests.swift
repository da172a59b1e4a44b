import Testing

@Suite struct ImportsTests {
    @Test func everyModuleImportsOnlyWhatItsRowAllows() {
        var offences: [String] = []
        for file in SourceTree.sources {
            guard let module = file.module, module != "C" else { continue }
            guard let allowed = allowedImports[module] else {
                offences.append("\(file.path): module \(module) has no row in AllowedImports.swift")
                continue
            }
            for (number, line) in file.code.enumerated() {
                guard let imported = importedModule(line) else { continue }
                if !allowed.contains(imported), !standardImports.contains(imported) {
                    offences.append("\(file.path):\(number + 1): \(module) may not import \(imported)")
                }
            }
        }
        #expect(offences.isEmpty, "\(offences.joined(separator: "\n"))")
    }

    @Test func theTableHasNoCycle() {
        var settled: Set<String> = []
        var waiting = allowedImports
        while true {
            let ready = waiting.filter {
                $0.value.allSatisfy { settled.contains($0) || allowedImports[$0] == nil }
            }
            if ready.isEmpty { break }
            settled.formUnion(ready.keys)
            for name in ready.keys { waiting[name] = nil }
        }
        #expect(waiting.isEmpty, "modules in a cycle: \(waiting.keys.sorted())")
    }

    @Test func eachLibraryOfCHasOneDoor() {
        var doors: [String: Set<String>] = [:]
        for (module, imports) in allowedImports {
            for library in imports where library.hasPrefix("C") && allowedImports[library] == nil {
                doors[library, default: []].insert(module)
            }
        }
        // SQLite: the connection, and the simulated disk that stands behind the library.
        // OpenSSL: keys and hashes in Security, TLS streams in EventLoop. libevent and the Linux calls are
        // shared by the doors built on the loop.
        let shared: Set<String> = ["COpenSSL", "CEvent", "CLinux", "CSQLite"]
        for (library, modules) in doors where !shared.contains(library) {
            #expect(modules.count == 1, "\(library) is imported by \(modules.sorted())")
        }
        #expect(doors["CSQLite"] == ["Storage", "StorageSimulation"])
        #expect(doors["COpenSSL"] == ["EventLoop", "Security"])
    }

    private func importedModule(_ line: String) -> String? {
        var words = line.split(separator: " ")
        while let first = words.first,
            ["package", "public", "internal", "private", "fileprivate", "@preconcurrency"].contains(first)
        {
            words.removeFirst()
        }
        guard words.first == "import", words.count >= 2 else { return nil }
        let kinds: Set<Substring> = [
            "struct", "class", "enum", "func", "protocol", "typealias", "var", "let",
        ]
        let name = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
        return String(name.split(separator: ".")[0])
    }
}
