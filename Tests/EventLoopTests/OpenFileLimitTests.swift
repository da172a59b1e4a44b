import EventLoop
import Testing

@Suite struct OpenFileLimitTests {
    @Test func `the limit of open descriptors is raised and never lowered`() {
        let before = OpenFileLimit.soft
        #expect(before > 0)
        OpenFileLimit.raise(to: before + 1)
        // The hard limit may be no higher than the soft one was.
        #expect((before...before + 1).contains(OpenFileLimit.soft))
        OpenFileLimit.raise(to: 16)
        #expect(OpenFileLimit.soft >= before)
    }
}
