// Machines that are too old are refused with a reason (REQ-520).

import HostLinux
import Testing

@Suite struct KernelVersionTests {
    @Test(arguments: [
        ("2.6.22.19", "x86_64", "2.6.23"), ("2.4.37", "i686", "2.6.23"), ("3.0.101", "armv7l", "3.1"),
    ])
    func `an older kernel is refused and told the oldest that will do`(
        release: String, machine: String, least: String
    ) {
        let reason = KernelVersion.refusal(release: release, machine: machine)
        #expect(reason?.contains(release) == true && reason?.contains("\(least) or newer") == true)
    }

    @Test(arguments: [
        ("2.6.23", "x86_64"), ("2.6.32-5-686", "i686"), ("3.0.101", "aarch64"), ("3.1.0", "armv6l"),
        ("6.1.0-18-amd64", "x86_64"), ("10", "armv7l"), ("unknown", "x86_64"),
    ])
    func `any other is good`(release: String, machine: String) {
        #expect(KernelVersion.refusal(release: release, machine: machine) == nil)
    }

    @Test func `the machine of this test is good`() { #expect(KernelVersion.refusal == nil) }
}
