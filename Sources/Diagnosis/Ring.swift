// The newest of what came, in a store that is filled once and then written over in place: an array that
// drops its first element to take a new last one moves all the others, and a line does so at every exchange.

/// So many of the newest elements.
struct Ring<Element: Sendable>: Sendable {
    private let limit: Int
    private var slots: [Element] = []
    /// Place of the oldest once the store is full.
    private var oldest = 0

    /// An empty ring for `limit` elements.
    init(limit: Int) { self.limit = limit }

    /// Takes an element; a full ring forgets its oldest one for it.
    mutating func append(_ element: Element) {
        guard slots.count == limit else { return slots.append(element) }
        slots[oldest] = element
        oldest = oldest + 1 == limit ? 0 : oldest + 1
    }

    /// What is in it, oldest first.
    var elements: [Element] { oldest == 0 ? slots : Array(slots[oldest...] + slots[..<oldest]) }
}
