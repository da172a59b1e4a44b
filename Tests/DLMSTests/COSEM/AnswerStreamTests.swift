import Octets
import Testing

@testable import DLMS

@Suite struct AnswerStreamTests {
    private static let rows = LazyRows(count: 50) { .structure([.longUnsigned(UInt16($0)), .nullData]) }

    @Test(arguments: [1, 2, 3, 7, 64, 251, 10_000])
    func `pieces of any size join to the value encoded at once`(size: Int) throws {
        var stream = AnswerStream(AnswerStream.parts(of: .rows(AnswerStreamTests.rows)))
        var joined: [UInt8] = []
        while true {
            let (octets, isLast) = stream.take(size)
            #expect(octets.count == size || isLast)
            joined += octets
            if isLast { break }
        }
        #expect(joined == AnswerStreamTests.rows.value.encoded)
    }

    @Test func `the last piece is known as the last even when it fills its block`() {
        var stream = AnswerStream([.octets([1, 2, 3]), .octets([4])])
        let isShort = stream.fits(in: 3)
        let isWhole = stream.fits(in: 4)
        #expect(!isShort && isWhole)
        let last = stream.take(4)
        #expect(last.octets == [1, 2, 3, 4] && last.isLast)
    }
}
