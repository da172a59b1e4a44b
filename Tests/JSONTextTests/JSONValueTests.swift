// The tree reader: what it accepts, what it refuses and where.

import JSONText
import Testing

@Suite("JSONValue")
struct JSONValueTests {
    @Test("reads every kind of value and writes it back compactly")
    func roundTrip() throws {
        let text = #"{"a":[1,-2.5,true,null,"ж\"\\\n"],"b":{},"c":1e3}"#
        let value = try JSONValue(parsing: " " + text + "\n")
        #expect(value["a"]?.elements?.count == 5)
        #expect(value["c"]?.wholeNumber == 1_000)
        #expect(String(decoding: value.octets, as: UTF8.self) == text.replacing("1e3", with: "1000"))
    }

    @Test("joins surrogate pairs")
    func surrogates() throws {
        #expect(try JSONValue(parsing: #""\ud83d\ude00""#) == .string("😀"))
    }

    @Test(
        "refuses what is not JSON",
        arguments: [
            "", "{", "[1,]", "{\"a\":1,}", "01", "1.", "+1", "nul", "\"\u{1}\"", "\"\\x\"", "\"\\ud800\"",
            "{\"a\":1,\"a\":2}", "1 2", "{a:1}", "'a'", "1e999", "\"\\u+123\"",
        ])
    func refused(text: String) {
        #expect(throws: JSONTextError.self) { try JSONValue(parsing: text) }
    }

    @Test("names the octet at which reading stopped")
    func offset() {
        #expect(throws: JSONTextError(offset: 5, reason: "expected a value")) {
            try JSONValue(parsing: #"{"a":]"#)
        }
    }

    @Test("refuses nesting beyond the bound instead of overflowing the stack")
    func depth() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: JSONTextError.self) { try JSONValue(parsing: text) }
    }

    @Test("takes whole numbers from text and whole fractions, as old clients write them")
    func wholeNumbers() throws {
        #expect(try JSONValue(parsing: "\"1883\"").wholeNumber == 1_883)
        #expect(try JSONValue(parsing: "2.0").wholeNumber == 2)
        #expect(try JSONValue(parsing: "2.5").wholeNumber == nil)
    }
}
