// Supply lines: what a person says of one, and what the interfaces ask for.

import Configuration
import Faults
import JSONText
import Testing

@Suite("Supply lines")
struct SupplyTests {
    @Test("a line is on while an interface takes its supply from it, and as a person says otherwise")
    func wanted() throws {
        let base = try linkedConfiguration()
        #expect(base.suppliesOn.isEmpty)
        let interfaces = try put(
            .interfaces,
            #"[{"id":1,"iface":0,"br":0,"line":2},{"id":2,"iface":1,"br":9600,"line":3},{"id":3,"iface":2,"line":0}]"#
        )
        let taken = try base.applying([interfaces]).configuration
        #expect(taken.suppliesOn == [2, 3])
        let said = try put(
            .supplies,
            #"[{"addr":"/dev/ttyUSB3","state":"on"},{"addr":"/dev/ttyUSB2","state":"off"}]"#)
        #expect(try taken.applying([said]).configuration.suppliesOn == [1, 3])
    }

    @Test("all four lines are told, and automatic ones are not kept")
    func rows() throws {
        let said = try put(
            .supplies, #"[{"addr":"/dev/ttyUSB0","state":"on"},{"addr":"/dev/ttyUSB1","state":"toggle"}]"#)
        let made = try linkedConfiguration().applying([said]).configuration
        #expect(made.supplies == [SupplyRow(line: 4, state: .on)])
        let told = made.rows(of: .supplies, for: .client)
        #expect(told.map { $0["addr"]?.text } == (0...3).reversed().map { "/dev/ttyUSB\($0)" })
        #expect(told.map { $0["state"]?.text } == ["toggle", "toggle", "toggle", "on"])
    }

    @Test(
        "a row is refused at the member that is wrong",
        arguments: [
            (#"[{"addr":"/dev/ttyUSB4","state":"on"}]"#, "/Settings/0/addr"),
            (#"[{"addr":"/dev/ttyUSB3","state":"1"}]"#, "/Settings/0/state"),
            (
                #"[{"addr":"/dev/ttyUSB3","state":"on"},{"addr":"/dev/ttyUSB3","state":"off"}]"#,
                "/Settings/1/addr"
            ),
        ])
    func refused(rows: String, path: String) throws {
        #expect(faults(of: [try put(.supplies, rows)], on: try linkedConfiguration()).map(\.path) == [path])
    }
}
