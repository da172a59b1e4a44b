// Interface class 70 (IEC 62056-6-2, Disconnect control): the meter's relay, 0.0.96.3.10.255 in SPODES.

/// Class 70: a relay.
package struct DisconnectControlObject: InterfaceObject {
    /// 70
    package static let classID: UInt16 = 70
    /// Logical name, output state, control state, control mode.
    package static let attributeCount: Int8 = 4
    /// Remote disconnect, remote reconnect.
    package static let methodCount: Int8 = 2
    /// The name SPODES gives the relay.
    package static let usualName = LogicalName(0, 0, 96, 3, 10)

    /// Attribute 3.
    package enum ControlState: UInt8, Sendable, Hashable {
        /// Off.
        case disconnected = 0
        /// On.
        case connected = 1
        /// Off until somebody presses the button at the meter.
        case readyForReconnection = 2
    }

    /// Its name.
    package var logicalName: LogicalName
    /// Attribute 3; attribute 2 follows from it.
    package var state: ControlState
    /// Attribute 4, 0…6: 2 and 4 reconnect remotely, 1, 3, 5 and 6 leave it to the button, 0 is never off.
    package var mode: UInt8

    /// A relay.
    package init(
        _ logicalName: LogicalName = DisconnectControlObject.usualName, state: ControlState, mode: UInt8 = 4
    ) {
        self.logicalName = logicalName
        self.state = state
        self.mode = mode
    }

    /// Reads attributes 2…4.
    package func attribute(_ index: Int8, selection: AccessSelection?) -> AttributeAnswer {
        switch index {
        case 2: .value(.boolean(state == .connected))
        case 3: .value(.enumerated(state.rawValue))
        case 4: .value(.enumerated(mode))
        default: .failure(.objectUndefined)
        }
    }

    /// Sets the mode.
    package mutating func setAttribute(_ index: Int8, to value: DataValue) -> DataAccessResult {
        guard index == 4 else { return .readWriteDenied }
        guard case .enumerated(let mode) = value, mode <= 6 else { return .typeUnmatched }
        self.mode = mode
        return .success
    }

    /// Invokes method 1 (off) or 2 (on, as far as the mode allows).
    package mutating func invoke(_ index: Int8, with parameters: DataValue?) -> ActionOutcome {
        guard mode != 0 else { return ActionOutcome(.readWriteDenied) }
        switch index {
        case 1: state = .disconnected
        case 2:
            // What is ready already waits for the button.
            if state == .disconnected {
                state = mode == 2 || mode == 4 ? .connected : .readyForReconnection
            }
        default: return ActionOutcome(.readWriteDenied)
        }
        return ActionOutcome(.success)
    }
}
