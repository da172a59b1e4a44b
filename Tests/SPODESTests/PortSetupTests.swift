import DLMS
import Metering
import SPODES
import Testing

@Suite struct PortSetupTests {
    static let key = ObjectKey(
        classID: HDLCSetupObject.classID, logicalName: LogicalName(ObjectTable.hdlcSetup))

    @Test func `a time-out and an address written to the port are kept and noted`() throws {
        var directory = SPODESDirectoryTests.directory()
        for (index, value, code) in [(Int8(8), UInt16(3), 71), (7, 200, 71), (9, 40, 1)] {
            var port = try #require(directory.object(Self.key))
            #expect(port.setAttribute(index, to: .longUnsigned(value)) == .success)
            #expect(directory.store(port, after: .attribute(index)) == .success)
            let kept = try SPODESDirectoryTests.read(
                directory, HDLCSetupObject.classID, ObjectTable.hdlcSetup, index)
            #expect(kept == .longUnsigned(value))
            let noted = MeterJournal(number: 3).events(of: directory.meter, until: directory.instant)
            #expect(noted.last?.code == UInt8(code))
        }
        #expect(directory.port.inactivityTimeoutSeconds == 3)
        #expect(directory.port.interOctetTimeoutMilliseconds == 200)
        #expect(directory.address == 40)
    }

    @Test func `only the configurator writes to the port`() throws {
        let directory = SPODESDirectoryTests.directory()
        for client in [ClientSAP.reader, .configurator] {
            let rights = try #require(directory.element(Self.key, for: client)).rights
            #expect((rights.attributes[8] == .readAndWrite) == (client == .configurator))
            #expect(rights.attributes[2] == .readOnly)
        }
    }
}
