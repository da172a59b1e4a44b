// Ciphering keys in the meter table: never shown, kept when not sent, taken away by null (D12, D14).

import Configuration
import Faults
import JSONText
import Metering
import Testing

@Suite struct MeterKeysTests {
    private static let ek = "000102030405060708090a0b0c0d0e0f"
    private static let ak = "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
    private static let keyed =
        #""link":{"systemTitle":"4D4D4D0000BC614E","ek":"\#(ek)","ak":"\#(ak)","dedicatedKey":true}"#

    private func put(_ link: String, on base: GatewayConfiguration) throws -> GatewayConfiguration {
        let row = try JSONValue(parsing: TableRulesTests.meter(#""ifaceCfg":"",\#(link)"#))
        return try base.applying([TableEdit(.meters, .replace, rows: [row])]).configuration
    }

    private func member(_ row: MeterRow, _ view: SecretView) -> JSONValue? {
        row.members(for: view).first { $0.name == "link" }?.value
    }

    @Test func `a client sees that there are keys, the disk holds them`() throws {
        let configuration = try put(Self.keyed, on: try linkedConfiguration())
        let row = try #require(configuration.meter(5))
        let shown = try #require(member(row, .client))
        #expect(shown["ek"]?.text == "" && shown["ak"]?.text == "")
        #expect(shown["hasEk"] == .boolean(true) && shown["hasAk"] == .boolean(true))
        #expect(shown["systemTitle"]?.text == "4d4d4d0000bc614e")
        #expect(row.link.usesDedicatedKey)
        let stored = try #require(member(row, .stored))
        #expect(stored["ek"]?.text == Self.ek && stored["ak"]?.text == Self.ak)
        var dumped = ""
        dump(row, to: &dumped)
        #expect(!dumped.contains(Self.ek) && !"\(row)".contains(Self.ak))
    }

    @Test func `keys that are not sent stay, null takes them away`() throws {
        let base = try put(Self.keyed, on: try linkedConfiguration())
        for link in [#""comment":"x""#, #""link":{"ek":"","ak":""}"#, #""link":{"client":48}"#] {
            let row = try #require(put(link, on: base).meter(5))
            #expect(row.keys.encryptionKey.revealedHexadecimal == Self.ek, "\(link)")
            #expect(row.keys.authenticationKey.revealedHexadecimal == Self.ak, "\(link)")
            #expect(row.keys.systemTitle.count == MeterKeys.titleLength, "\(link)")
        }
        let bare = try put(#""link":{"ek":null,"ak":null,"systemTitle":""}"#, on: base)
        #expect(bare.meter(5)?.keys.isEmpty == true)
    }

    @Test func `what is written on the disk is read back as it was`() throws {
        let base = try put(Self.keyed, on: try linkedConfiguration())
        let row = try #require(base.meter(5))
        let members = row.members(for: .stored)
        var reader = RecordReader(.object(members), path: "", view: .stored)
        #expect(MeterRow(from: &reader, previous: nil) == row)
        #expect(reader.faults.isEmpty)
    }
}
