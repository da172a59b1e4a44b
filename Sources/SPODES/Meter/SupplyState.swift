// The load relay of a meter and what it does to the registers: while the relay is off nothing is consumed.

/// The disconnector: state, mode, and the energy that did not flow while it was off.
package struct SupplyState: Sendable, Hashable {
    /// Control state of class 70.
    package enum Control: UInt8, Sendable, Hashable {
        /// The relay is off.
        case disconnected = 0
        /// The relay is on.
        case connected = 1
        /// Off, waiting for the subscriber's button.
        case ready = 2
    }

    private struct Gap: Sendable, Hashable {
        var begin: Int64
        var end: Int64?
        /// What would have been counted by its end; nil until it is known.
        var missed: EnergyRegisters?

        /// What would have been counted from its beginning on.
        func missed(by instant: Int64, of element: any MeasuringElement) -> EnergyRegisters {
            var energy = element.registers(at: instant)
            energy -= element.registers(at: begin)
            return energy
        }
    }

    /// Control state.
    package private(set) var control = Control.connected
    /// Mode 0…6 of class 70 (IEC 62056-6-2, table of disconnect control modes).
    package var mode: UInt8 = 4
    private var gaps: [Gap] = []

    /// A meter that is switched on.
    package init() {}

    /// Whether current flows.
    package var isOn: Bool { control == .connected }

    /// Switches off from afar.
    package mutating func disconnect(at instant: Int64) {
        guard mode != 0 else { return }
        if control == .connected { interruptFlow(at: instant) }
        control = .disconnected
    }

    /// Switches on from afar, or makes ready for the subscriber where the mode says so (transitions a and d).
    /// What is ready already waits for the button.
    package mutating func reconnect(at instant: Int64) {
        guard control == .disconnected, mode != 0 else { return }
        if mode == 2 || mode == 4 { close(at: instant) } else { control = .ready }
    }

    /// A limiter switches off; the button, and in modes 5 and 6 the limiter, switch on again (transition g).
    /// False when nothing changes.
    mutating func disconnectLocally(at instant: Int64) -> Bool {
        guard mode != 0, control == .connected else { return false }
        interruptFlow(at: instant)
        control = .ready
        return true
    }

    /// A limiter switches on what it has switched off (transition h).
    mutating func reconnectLocally(at instant: Int64) -> Bool {
        guard mode == 5 || mode == 6, control == .ready else { return false }
        close(at: instant)
        return true
    }

    /// The subscriber presses the button: on what is ready (transition e), off in modes 1, 2 and 5 (f).
    mutating func pressButton(at instant: Int64) -> Bool {
        switch control {
        case .ready: close(at: instant)
        case .connected where [1, 2, 5].contains(mode):
            interruptFlow(at: instant)
            control = .ready
        case .connected, .disconnected: return false
        }
        return true
    }

    private mutating func close(at instant: Int64) {
        control = .connected
        resumeFlow(at: instant)
    }

    /// Nothing flows for want of mains, whatever the relay's state.
    mutating func interruptFlow(at instant: Int64) { gaps.append(Gap(begin: instant)) }

    /// The mains are back.
    mutating func resumeFlow(at instant: Int64) {
        if let last = gaps.indices.last, gaps[last].end == nil { gaps[last].end = instant }
    }

    /// Works out what ended interruptions took away, so that later questions are cheap.
    mutating func settle(_ element: any MeasuringElement) {
        for index in gaps.indices where gaps[index].missed == nil {
            gaps[index].missed = gaps[index].end.map { gaps[index].missed(by: $0, of: element) }
        }
    }

    /// Registers at an instant without what the load would have taken while the relay was off.
    package func registers(at instant: Int64, of element: any MeasuringElement) -> EnergyRegisters {
        var registers = element.registers(at: instant)
        for gap in gaps where gap.begin < instant {
            let end = min(gap.end ?? instant, instant)
            let missed = end == gap.end ? gap.missed : nil
            registers -= missed ?? gap.missed(by: end, of: element)
        }
        return registers
    }
}
