// The simulated line as the gateway's side sees it: a `Seams.Channel` over the same line model that
// `metersim` drives in real time. Tests of drivers and polling, and the whole-gateway simulation, open their
// channels here.

package import SPODES
package import Seams
package import Timekeeping

/// Is told whenever somebody begins to speak to another station or opens a conversation.
package protocol WireWitness: Sendable {
    /// Octets for `station` are about to go onto the wire of a line.
    func heard(station: Int, onLine name: String) async
}

/// One wire and everything on it, with the injected clocks.
package actor SimulatedWire {
    private var line: SimulatedLine
    private let clock: any MonotonicClock
    private let wall: any WallClock
    private var input: [UInt8] = []
    private var session = 0
    /// The machine at the near side.
    private var machine = 0
    private var lastStation: Int?
    private var writers = 0
    private let witness: (any WireWitness)?
    /// Times somebody began to send while somebody else was still sending.
    package private(set) var overlaps = 0

    /// A wire that lives on `clock`; its meters know the world's time from `wall`.
    package init(
        line: SimulatedLine, clock: any MonotonicClock, wall: any WallClock,
        witness: (any WireWitness)? = nil
    ) {
        self.witness = witness
        self.line = line
        self.clock = clock
        self.wall = wall
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// Another machine is at the near side from now on; the one before opens no channel any more, and those
    /// it has open are closed. Returns its number.
    fileprivate func join() -> Int {
        machine += 1
        session += 1
        input.removeAll()
        return machine
    }

    /// Opens a channel; a channel opened earlier is closed by it. Throws `openFailed` while unplugged.
    package func open() throws(ChannelError) -> any Channel { try open(by: machine) { true } }

    /// The same for one of the machines that were joined; nothing goes through it without power.
    fileprivate func open(
        by machine: Int, isPowered: @escaping @Sendable () -> Bool
    ) throws(ChannelError) -> any Channel {
        guard !line.faults.isUnplugged else { throw .openFailed("the line is unplugged") }
        guard machine == self.machine, isPowered() else { throw .openFailed("the machine is off") }
        session += 1
        input.removeAll()
        return SimulatedChannel(wire: self, session: session, isPowered: isPowered)
    }

    /// Reads or changes the line: faults, counters, stations.
    package func withLine<Value: Sendable>(_ body: @Sendable (inout SimulatedLine) -> Value) -> Value {
        collect()
        return body(&line)
    }

    /// Changes the faults of one station.
    package func setFaults(ofStation index: Int, _ change: @Sendable (inout StationFaults) -> Void) {
        guard line.stations.indices.contains(index) else { return }
        var faults = line.stations[index].faults
        change(&faults)
        line.setFaults(faults, ofStation: index)
    }

    /// Lets something happen to the device of one station, now.
    package func happen(_ happening: MeterHappening, toStation index: Int) {
        line.happen(happening, toStation: index, wall: wall.now)
    }

    /// What the devices have to tell unasked now.
    package func pushes() -> [StationPush] { line.pushes(wall: wall.now) }

    /// Takes the plug out (open channels fail) or puts it back in (channels must be opened again).
    package func setUnplugged(_ isUnplugged: Bool) {
        collect()
        line.faults.isUnplugged = isUnplugged
        guard isUnplugged else { return }
        session += 1
        line.connectionLost()
        input.removeAll()
    }

    fileprivate func write(_ octets: [UInt8], session: Int) async throws(ChannelError) {
        try check(session)
        if writers > 0 { overlaps += 1 }
        writers += 1
        defer { writers -= 1 }
        if let witness, let head = RequestHead(octets), head.opens || head.station != lastStation {
            lastStation = head.station
            await witness.heard(station: head.station, onLine: line.name)
        }
        collect()
        let end = line.received(octets, at: clock.now)
        do { try await clock.sleep(until: end) } catch { return }
        try check(session)
    }

    fileprivate func read(until deadline: MonotonicInstant, session: Int) async throws(ChannelError)
        -> [UInt8]
    {
        while true {
            try check(session)
            collect()
            if !input.isEmpty {
                defer { input.removeAll() }
                return input
            }
            guard clock.now < deadline, !Task.isCancelled else { return [] }
            // Whole bursts at once: octet by octet would be the same conversation at fifty times the cost.
            let wake = min(deadline, line.endOfBurst ?? deadline)
            do { try await clock.sleep(until: wake) } catch { return [] }
        }
    }

    fileprivate func discardInput(session: Int) {
        collect()
        if session == self.session { input.removeAll() }
    }

    fileprivate func close(session: Int) {
        guard session == self.session else { return }
        self.session += 1
        line.connectionLost()
    }

    private func check(_ session: Int) throws(ChannelError) {
        if line.faults.isUnplugged { throw .closed("the line is unplugged") }
        if session != self.session { throw .closed("the channel is closed") }
    }

    private func collect() { input += line.advance(to: clock.now, wall: wall.now) }
}

/// A channel to a simulated wire.
private struct SimulatedChannel: Channel {
    let wire: SimulatedWire
    let session: Int
    let isPowered: @Sendable () -> Bool

    func write(_ octets: [UInt8]) async throws(ChannelError) {
        guard isPowered() else { throw .closed("the machine is off") }
        try await wire.write(octets, session: session)
    }

    func read(until deadline: MonotonicInstant) async throws(ChannelError) -> [UInt8] {
        guard isPowered() else { throw .closed("the machine is off") }
        return try await wire.read(until: deadline, session: session)
    }

    func discardInput() async { await wire.discardInput(session: session) }

    func close() async { await wire.close(session: session) }
}

/// Opens channels to the wires of a street by the addresses the gateway's configuration uses.
package struct StreetOpener: LineOpener {
    private let wires: [LineAddress: SimulatedWire]
    private var machines: [LineAddress: Int] = [:]
    private var isPowered: @Sendable () -> Bool = { true }

    /// An opener that knows these wires, for the only machine there is.
    package init(wires: [LineAddress: SimulatedWire]) { self.wires = wires }

    /// The opener of a machine that has taken the place of all before, whose openers open nothing any more;
    /// nothing goes through its channels while it lacks power.
    package func joined(isPowered: @escaping @Sendable () -> Bool) async -> StreetOpener {
        var opener = self
        opener.isPowered = isPowered
        for (address, wire) in wires { opener.machines[address] = await wire.join() }
        return opener
    }

    /// The wire at an address.
    package func wire(at address: LineAddress) -> SimulatedWire? { wires[address] }

    /// Opens at once, or throws `openFailed` for an address nobody listens at.
    package func open(
        _ address: LineAddress, settings: SerialSettings, until deadline: MonotonicInstant
    ) async throws(ChannelError) -> any Channel {
        guard let wire = wires[address] else { throw .openFailed("nothing is connected there") }
        guard let machine = machines[address] else { return try await wire.open() }
        return try await wire.open(by: machine, isPowered: isPowered)
    }
}
