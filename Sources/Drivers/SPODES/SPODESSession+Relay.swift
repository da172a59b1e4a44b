// The relay of a SPODES meter (table G.2, class 70): read in one list, switched by methods 1 and 2, once
// (R23). The parameter is integer 0, as the samples of GOST R 58940 p. 61 have it.

import DLMS
import Faults
import Metering
import SPODES

extension SPODESSession {
    func relay() async throws -> RelayState {
        let code = ObjectTable.relay
        let answers = try await reader.values((2...4).map { AttributeName(code, 70, $0) })
        guard answers.contains(where: { $0 != .absent }) else {
            throw Fault(.meterNoRelay, ["meter": String(reader.meter)])
        }
        let output = answers[0].value?.wholeNumber
        let control = answers[1].value?.wholeNumber.flatMap(RelayState.Control.init)
        guard let isClosed = output.map({ $0 != 0 }) ?? control.map({ $0 == .on }) else {
            throw Fault(
                .meterDataAccess,
                ["meter": String(reader.meter), "attempt": "reading \(code)", "detail": "no state"])
        }
        return RelayState(
            isClosed: isClosed, control: control ?? (isClosed ? .on : .off),
            mode: answers[2].value?.wholeNumber.map { Int($0) })
    }

    func switchRelay(on isOn: Bool) async throws {
        try await reader.act(ObjectTable.relay, class: 70, method: isOn ? 2 : 1, with: .integer(0))
    }

    /// The relay as a measure. The control state is ours, told when it is asked for by name.
    func relayReading(_ tags: [Tag]) async throws -> Reading {
        let now = try await sessionClock()
        let state = try await relay()
        let values = [
            MeasuredValue(.relayId, mantissa: 1),
            MeasuredValue(.relayState, mantissa: state.isClosed ? 1 : 0),
            MeasuredValue(.relayControl, mantissa: state.control.rawValue),
        ]
        let asked = tags.isEmpty ? [.relayId, .relayState] : tags
        return Reading(
            .relay, at: now.stamp, clockDifferenceSeconds: now.differenceSeconds,
            values: values.filter { asked.contains($0.tag) })
    }
}
