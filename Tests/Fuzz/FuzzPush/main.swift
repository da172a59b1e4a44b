// Pushes as a stranger's connection may bring them: any octets, in any pieces, and the same octets again as
// what a key opened.

import DLMS

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput") public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    var stream = NotificationStream()
    for piece in stride(from: 0, to: input.count, by: 7) {
        stream.append(input[piece..<min(piece + 7, input.count)])
        while let item = stream.next() { check(item) }
    }
    check(NotificationStream.notification(in: input))
    return 0
}

private func check(_ item: NotificationStream.Item) {
    guard case .notification(let notification) = item else { return }
    switch notification.body {
    case .named(let values):
        precondition(values.count <= PushBody.limit, "values are bounded")
    case .bare(let elements):
        precondition(elements.count <= PushBody.limit, "elements are bounded")
        let list = Array(repeating: CaptureObject.clock, count: elements.count)
        precondition(notification.body.values(by: list)?.count == elements.count, "a list names them all")
    }
}
