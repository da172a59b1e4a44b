import DLMS
import Diagnosis
import Testing

@Suite struct LineRecordingTests {
    private let recording = LineRecording(
        line: "Iface1", settings: "9600,8n1", began: "2026-11-22T12:00:00.000+03:00",
        bursts: [
            RecordedBurst(at: .zero, direction: .request, octets: [0x7E, 0xA0, 0, 0, 0x7E], hidden: [2..<4]),
            RecordedBurst(at: .milliseconds(1_085), direction: .response, octets: [0x7E, 0x01]),
        ])

    @Test func `text and back is the same recording`() throws {
        #expect(try LineRecording(text: recording.text) == recording)
    }

    @Test func `the text is as documented`() {
        #expect(
            String(decoding: recording.text, as: UTF8.self) == """
                # um-line-recording 1
                # line Iface1
                # settings 9600,8n1
                # began 2026-11-22T12:00:00.000+03:00
                0.000 >> 7e a0 •• •• 7e
                1.085 << 7e 01

                """)
    }

    @Test(arguments: [
        ("", 1), ("# something else", 1), ("# um-line-recording 1\n1.000 >> 7e\n0.500 << 7e", 3),
        ("# um-line-recording 1\n\n1.0 >> 7e", 3), ("# um-line-recording 1\n1.000 == 7e", 2),
        ("# um-line-recording 1\n1.000 >> 7g", 2), ("# um-line-recording 1\n1.000 >> 7e7e", 2),
        ("# um-line-recording 1\n-1.000 >> 7e", 2), ("# um-line-recording 1\n1.000 >>", 2),
        ("# um-line-recording 1\n1.000 >> +e", 2),
    ])
    func `a damaged text is refused with its line`(_ text: String, _ line: Int) {
        #expect { try LineRecording(text: Array(text.utf8)) } throws: { error in
            (error as? LineRecordingError)?.line == line
        }
    }
}
