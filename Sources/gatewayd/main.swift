// The gateway: reads its arguments and hands over to the assembly.

import EventLoop
import Gateway
import Glibc
import Version

switch GatewayOptions.parse(Array(CommandLine.arguments.dropFirst())) {
case .success(.help):
    print(GatewayOptions.help, terminator: "")
case .success(.version):
    print("gatewayd \(Version.text)")
case .success(.run(let options)):
    exit(Loop.runMain { loop in await Daemon(options, loop: loop).run() })
case .failure(let error):
    let line = Array("gatewayd: \(error.text)\n".utf8)
    _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    exit(64)
}
