// Supply lines behind files: what is written, and the machine's reason when it cannot be.

import CLinux
import Glibc
import HostLinux
import Seams
import Testing

@Suite struct SupplyFilesTests {
    @Test func aLineIsSwitchedByOneAndZero() async throws {
        let path = try temporaryDirectory() + "/value"
        fclose(fopen(path, "w"))
        let supply = SupplyFiles([2: path])
        for (isOn, text) in [(true, "1\n"), (false, "0\n")] {
            try await supply.set(2, on: isOn)
            let file = fopen(path, "r")
            defer { fclose(file) }
            var octets = [UInt8](repeating: 0, count: 8)
            let count = fread(&octets, 1, octets.count, file)
            #expect(String(decoding: octets[..<count], as: UTF8.self) == text)
        }
    }

    @Test func aLineWithoutAFileIsAbsentAndAFileThatIsNotThereIsNotMade() async throws {
        let path = try temporaryDirectory() + "/none"
        let supply = SupplyFiles([1: path])
        await #expect(throws: SupplyFault.absent) { try await supply.set(3, on: true) }
        await #expect(throws: SupplyFault.failed("\(path): No such file or directory")) {
            try await supply.set(1, on: true)
        }
        #expect(access(path, F_OK) != 0)
    }
}
