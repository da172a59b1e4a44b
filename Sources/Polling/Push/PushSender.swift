// Whose a push is. Certain are a key of the table and a known serial number; the address of a connection
// counts only where one meter alone is reached at it.

import Archive
import Configuration
import Drivers
import Faults
import Lines
import Metering
import Seams
import Timekeeping

/// The meter a push came from.
struct PushSender: Sendable {
    /// The meter.
    var target: PollTarget
    /// Its serial number.
    var serial: String
}

extension PushReceiver {
    /// Finds the meter. Throws why none is believed.
    func sender(of push: MeterPush, from origin: Origin) async throws(PushFault) -> PushSender {
        let rows = await rows()
        let candidates: [PushSender]
        switch (origin, push.seal) {
        case (.conversation(let id, let isProtected), let seal):
            // Its line, and the conversation's own address: nobody else is meant.
            let own = rows.filter { $0.target.meterIDs.contains(id) }
            if own.contains(where: \.target.hasKeys), !isProtected { throw .unprotected }
            candidates = own.filter { sender in seal.map { sender.isAmong($0.meterIDs) } ?? true }
        case (.network, let seal?): candidates = rows.filter { $0.isAmong(seal.meterIDs) }
        case (.network(let peer), nil):
            candidates = try await inTheClear(push, rows, peer)
        }
        return try choose(among: candidates, of: rows, push, origin)
    }

    /// Every meter of the table with the serial number known of it: its own word, else the table's.
    private func rows() async -> [PushSender] {
        var rows: [PushSender] = []
        for target in await poller.pushTargets() {
            var serial = ""
            for id in target.meterIDs where serial.isEmpty {
                let told = await archive.serial(ofMeter: id) ?? ""
                serial = told.isEmpty ? await poller.configuration.meter(id)?.serial ?? "" : told
            }
            rows.append(PushSender(target: target, serial: serial))
        }
        return rows
    }

    /// Meters without keys. One that has keys and is named in the clear is somebody who plays the meter.
    private func inTheClear(
        _ push: MeterPush, _ rows: [PushSender], _ peer: String
    ) async throws(PushFault) -> [PushSender] {
        let named = rows.filter { $0.isNamed(by: push) }
        if named.contains(where: \.target.hasKeys) { throw .unprotected }
        let open = rows.filter { !$0.target.hasKeys }
        if open.count < rows.count, named.isEmpty, rows.contains(where: { $0.target.host == peer }),
            !open.contains(where: { $0.target.host == peer })
        {
            throw .unprotected
        }
        return open
    }

    /// The one meter among candidates: by name, else the only one there is of its address or key.
    private func choose(
        among candidates: [PushSender], of rows: [PushSender], _ push: MeterPush, _ origin: Origin
    ) throws(PushFault) -> PushSender {
        let named = candidates.filter { $0.isNamed(by: push) }
        if let one = named.first, named.count == 1 { return one }
        guard named.isEmpty else { throw .unknown }
        var near = candidates
        if case .network(let peer) = origin, push.seal == nil {
            // Behind one address there may be several, some of them with keys: then it tells nothing.
            near = rows.filter { $0.target.host == peer }
            if near.contains(where: \.target.hasKeys) { throw .unknown }
        }
        guard let one = near.first, near.count == 1 else { throw .unknown }
        // Nobody has heard who hangs there: the first to say so is asked, it does not push.
        guard !one.serial.isEmpty else { throw .unknown }
        let names = one.target.driver.names(in: push)
        if names.areCertain { throw .serial }
        return one
    }
}

extension PushSender {
    /// Whether some of its rows are among these.
    func isAmong(_ ids: [Int]) -> Bool { target.meterIDs.contains { ids.contains($0) } }

    /// Whether a push names its serial number, alone or at the end of a device name.
    func isNamed(by push: MeterPush) -> Bool {
        guard serial.count >= PushSender.shortest else { return false }
        return target.driver.names(in: push).texts.contains { $0 == serial || $0.hasSuffix(serial) }
    }

    /// A shorter number is no name: it may end another's.
    private static let shortest = 5
}

extension PollTarget {
    /// Whether the row has keys to cipher with.
    var hasKeys: Bool { point.keys.canCipher }

    /// Numeric address of the meter on the network; nil on a serial line.
    var host: String? { if case .tcp(let host, _) = line { host } else { nil } }
}
