import JSONText
import Testing

@Suite struct JSONWriterTests {
    @Test func nestedTextIsCompactAndInOrder() {
        var json = JSONWriter()
        json.beginObject()
        json.key("tags")
        json.beginArray()
        for tag in ["A+0", "A+1"] {
            json.beginObject()
            json.key("tag")
            json.string(tag)
            json.key("val")
            json.decimal(mantissa: 12_345, scaler: -2)
            json.endObject()
        }
        json.endArray()
        json.key("vals")
        json.null()
        json.key("n")
        json.integer(-3)
        json.key("b")
        json.boolean(true)
        json.endObject()
        #expect(
            String(decoding: json.octets, as: UTF8.self)
                == #"{"tags":[{"tag":"A+0","val":123.45},{"tag":"A+1","val":123.45}],"vals":null,"n":-3,"b":true}"#
        )
    }

    @Test func drainingInTheMiddleKeepsTheGrammar() {
        var json = JSONWriter()
        json.beginArray()
        json.integer(1)
        var text = json.drain()
        json.integer(2)
        json.endArray()
        text += json.drain()
        #expect(String(decoding: text, as: UTF8.self) == "[1,2]")
    }

    @Test func controlCharactersAndQuotesAreEscaped() {
        var json = JSONWriter()
        json.string("a\"b\\c\n\u{1}ж")
        #expect(String(decoding: json.octets, as: UTF8.self) == #""a\"b\\c\n\u0001ж""#)
    }

    @Test func numbersThatJSONCannotHoldBecomeNull() {
        var json = JSONWriter()
        json.beginArray()
        json.number(.nan)
        json.number(.infinity)
        json.number(2)
        json.number(0.5)
        json.endArray()
        #expect(String(decoding: json.octets, as: UTF8.self) == "[null,null,2,0.5]")
    }

    @Test(arguments: [
        (12_345 as Int64, -3, "12.345"), (12, 2, "1200"), (-5, -3, "-0.005"), (0, -3, "0"), (1_000, -3, "1"),
        (1_500, -3, "1.5"), (Int64.min, 0, "-9223372036854775808"), (7, 0, "7"),
    ])
    func decimalsAreExact(mantissa: Int64, scaler: Int, text: String) {
        #expect(DecimalText.text(mantissa: mantissa, scaler: scaler) == text)
    }
}
