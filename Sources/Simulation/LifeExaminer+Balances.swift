// Days of which registers and profile disagree (R14): none, but for the energy that a meter itself forgot. A
// clock that was put back spoils the rows it passes twice, and a profile that is cleared before their second
// writing could be read takes that with it; the registers have counted it all the same, and the gateway says
// rightly that the day does not balance.

import Archive
import Runtime
import Street
import Timekeeping

/// A day that rightly does not balance.
struct ExcusedDay: Hashable {
    var meter: Int
    var balance: DailyBalance
}

extension LifeExaminer {
    /// Minds every day that does not balance and was not excused. `underWay` is how long after a meter has
    /// rows the gateway may take to have them.
    func compareBalances(
        _ truths: [Int: MeterTruth], _ gateway: VirtualGateway, underWay: Int64,
        into found: inout ExaminationFindings
    ) async throws {
        let limit = 10 + excusedDays.count
        for day in try await gateway.runtime.archive.unbalanced(before: nil, limit: limit) {
            let (balance, excused) = (day.balance, ExcusedDay(meter: day.meterID, balance: day.balance))
            if excusedDays.contains(excused) { continue }
            if let truth = truths[day.meterID], LifeExaminer.isForgotten(balance, truth, underWay) {
                excusedDays.insert(excused)
                continue
            }
            found.offend(
                "meter \(day.meterID): day \(balance.day) does not balance: registers "
                    + "\(balance.registerGain), profile \(balance.profileSum), allowed \(balance.allowance)")
        }
    }

    /// Whether the profile lacks no more than the meter has forgotten, or what the archive has of a slot is
    /// of its first passing, and the second was without mains: the meter has counted that energy elsewhere.
    private static func isForgotten(
        _ balance: DailyBalance, _ truth: MeterTruth, _ underWay: Int64
    ) -> Bool {
        let length = truth.intervalMinutes * 60
        let slots = stride(from: 0, through: 86_400, by: length).map { second in
            balance.day.adding(seconds: Int64(second))
        }
        if slots.contains(where: truth.lostInTheDark) { return true }
        let lacking = balance.registerGain - balance.profileSum - balance.allowance
        guard lacking > 0 else { return false }
        // Watt-hours at the balance's power of ten.
        var milliwattSeconds = Double(lacking) * 3_600_000
        for _ in 0..<balance.scaler.magnitude {
            milliwattSeconds *= balance.scaler < 0 ? 0.1 : 10
        }
        let forgotten = truth.energyForgotten(ofDay: balance.day, within: underWay)
        return milliwattSeconds <= Double(forgotten)
    }
}
