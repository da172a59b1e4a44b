import Testing
import Version

@Suite struct VersionTests {
    @Test func theStampBeginsWithTheReleaseAndNamesACommit() {
        #expect(Version.text.hasPrefix(Version.number))
        let stamp = Version.text.dropFirst(Version.number.count)
        #expect(stamp.isEmpty || stamp.first == "+" && stamp.dropFirst().prefix(7).allSatisfy(\.isHexDigit))
    }
}
