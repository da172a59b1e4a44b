import Testing

@testable import Diagnosis

@Suite struct RingTests {
    @Test func `a ring holds the newest elements in their order, however many have come`() {
        for limit in 1...5 {
            var ring = Ring<Int>(limit: limit)
            #expect(ring.elements.isEmpty)
            for number in 0..<17 {
                ring.append(number)
                #expect(ring.elements == Array(max(0, number + 1 - limit)...number))
            }
        }
    }
}
