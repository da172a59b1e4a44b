// Storing a session: one transaction, durable before it returns (decision D1).

package import Faults
import Storage

extension MeterArchive {
    /// Stores what one session brought, in one transaction; durable when this returns. Throws
    /// `operation.unknown` when the meter is not registered (deleted meanwhile), or `archive.write`,
    /// `archive.full`, `archive.damaged`; then nothing of the session is stored.
    package func store(_ session: MeterSessionRows) throws(Fault) -> StoreOutcome {
        if let damage, canRepair { try repair(reason: damage) }
        do throws(Fault) {
            return try storeOnce(session)
        } catch {
            // Damage found by this session: the rows go into the new file.
            guard let damage, canRepair else { throw error }
            try repair(reason: damage)
            return try storeOnce(session)
        }
    }

    private func storeOnce(_ session: MeterSessionRows) throws(Fault) -> StoreOutcome {
        guard let life = present[session.meterID] else {
            throw Fault(.notFound, ["meter": String(session.meterID)])
        }
        let known = life.serial.isEmpty || session.serial == nil || session.serial == life.serial
        let earlier =
            known ? nil : lives.values.first { $0.meterID == life.meterID && $0.serial == session.serial }
        var writing = SessionWriting(
            tables: tables, session: session, life: life, earlierLife: earlier, sequence: sequence,
            isUnsettled: !unsettled.isEmpty && unsettled.contains((earlier ?? life).key), cursors: cursors)
        for key in outcomes.keys(of: session) { writing.outcomes[key] = outcomes[key] }
        try self.writing("storing the rows of meter \(session.meterID)") { () throws(StorageError) in
            try writing.run()
        }
        sequence = writing.sequence
        memory.note(writing, after: life)
        return writing.outcome
    }
}

extension [OutcomeKey: OutcomeState] {
    /// Keys of the items a session tells about.
    fileprivate func keys(of session: MeterSessionRows) -> [OutcomeKey] {
        session.outcomes.map {
            OutcomeKey(meterID: session.meterID, kind: OutcomeKind.number(of: $0.measure))
        }
    }
}
