// How a meter's load relay stands (class 70 of IEC 62056-6-2: output state, control state, control mode).

/// State of a relay.
package struct RelayState: Sendable, Hashable {
    /// What the control state says.
    package enum Control: Int64, Sendable, Hashable {
        /// Off.
        case off = 0
        /// On.
        case on = 1
        /// Off until a person presses the button at the meter: not the same as on (R24).
        case ready = 2
    }

    /// Whether the contacts are closed, which is what GetRelay tells.
    package var isClosed: Bool
    /// What the meter makes of it.
    package var control: Control
    /// Control mode 0…6; nil when not told. 2 and 4 let the relay be switched on from afar, 0 keeps it on.
    package var mode: Int?

    /// A state.
    package init(isClosed: Bool, control: Control, mode: Int? = nil) {
        self.isClosed = isClosed
        self.control = control
        self.mode = mode
    }

    /// Whether it is switched as wished, contacts and control state alike.
    package func isSwitched(on wanted: Bool) -> Bool {
        isClosed == wanted && control == (wanted ? .on : .off)
    }

    /// `on`, `off` or `ready`.
    package var word: String {
        switch control {
        case .on: "on"
        case .off: "off"
        case .ready: "ready"
        }
    }
}
