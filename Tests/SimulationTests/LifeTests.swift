// Lives with faults, short enough for every run of the tests; the long ones are `tools/simulate`'s.

import Foundation
import SPODES
import Simulation
import StorageSimulation
import Testing

@Suite("Lives of a gateway with faults")
struct LifeTests {
    static func personality(_ name: String) -> [UInt8]? {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "etc/street/personalities")
        return (try? Data(contentsOf: folder.appending(path: "\(name).json"))).map { Array($0) }
    }

    /// Makers' profiles, texts by name of the file.
    static func profiles() throws -> [String: [UInt8]] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "etc/meters/spodes")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return try Dictionary(
            uniqueKeysWithValues: files.filter { $0.pathExtension == "json" }.map {
                ($0.lastPathComponent, Array(try Data(contentsOf: $0)))
            })
    }

    /// A life of three meters on two lines.
    static func life(seed: UInt64, days: Int, _ episodes: [FaultEpisode]? = nil) -> SimulatedLife {
        let street = SimulatedStreet(
            meters: [2, 1], seed: seed, installed: "2026-03-08", personality: personality)
        var life = SimulatedLife(seed: seed, days: days, street: street)
        if let episodes { life.episodes = episodes }
        return life
    }

    /// Some of `FaultPlan.families`; tools/test lives through all of them in a release build.
    static let kinds: [SimulatedFault.Kind] = [
        .powerCut(write: 40, .tearUnsynced), .diskFull(room: 30_000),
        .meterHappening(line: 0, station: 0, .replaced),
    ]

    @Test("no single fault costs a row", arguments: kinds.indices)
    func single(_ index: Int) throws {
        let fault = SimulatedFault(at: 129_600, lasts: 7_200, LifeTests.kinds[index])
        let episode = FaultEpisode(faults: [fault], examinedAt: 136_800 + FaultPlan.quiet)
        let report = try LifeTests.life(seed: 3, days: 3, [episode]).run()
        #expect(report.offences == [], "\(fault)")
        #expect(report.rows > 200)
        #expect(report.messages > 100)
    }

    @Test("a gateway that is misled about the time twice over puts clocks right when all of it is over")
    func twoMisleadings() throws {
        let faults = [
            SimulatedFault(at: 129_600, lasts: 29_600, .clockStep(seconds: 4_000)),
            SimulatedFault(at: 133_600, lasts: 400, .meterClock(line: 0, station: 0, .clockBack)),
            SimulatedFault(at: 137_200, lasts: 2_400, .clockStep(seconds: -4_000)),
        ]
        let episode = FaultEpisode(faults: faults, examinedAt: 159_200 + FaultPlan.quiet)
        #expect(try LifeTests.life(seed: 3, days: 4, [episode]).run().offences == [])
    }

    @Test("a knot is of one meter and of its clock, and comes within four hours")
    func knots() {
        let episodes = FaultPlan(seed: 9, meters: [2, 1], draw: .knots).episodes(days: 100)
        #expect(episodes.count > 30)
        for faults in episodes.map(\.faults) {
            #expect((2...4).contains(faults.count))
            #expect(faults[faults.count - 1].at - faults[0].at <= 14_400)
            let clocks = faults.compactMap { fault -> [Int]? in
                guard case .meterClock(let line, let station, _) = fault.kind else { return nil }
                return [line, station]
            }
            #expect(Set(clocks).count == 1)
        }
    }

    @Test("a life of knots is clean", arguments: [1, 2] as [UInt64])
    func knotted(_ seed: UInt64) throws {
        let street = SimulatedStreet(
            meters: [2, 1], seed: seed, installed: "2026-03-08", personality: LifeTests.personality)
        let report = try SimulatedLife(seed: seed, days: 12, street: street, draw: .knots).run()
        #expect(report.offences == [])
        #expect(report.rows > 500)
    }

    @Test("equal seeds live equal lives, other seeds other ones")
    func repetition() throws {
        let first = try LifeTests.life(seed: 5, days: 5).run()
        #expect(first.offences == [])
        #expect(try LifeTests.life(seed: 5, days: 5).run().digest == first.digest)
        #expect(try LifeTests.life(seed: 6, days: 5).run().digest != first.digest)
    }

    @Test("a row that is missing is found, and the life is shortened to what it takes")
    func failing() throws {
        // Examined while the line is still cut: the examiner must see what is not there.
        let harmless = SimulatedFault(at: 10_000, lasts: 60, .brokerDown)
        let cut = SimulatedFault(at: 100_000, lasts: 200_000, .lineCut(0))
        let episodes = [
            FaultEpisode(faults: [harmless], examinedAt: 90_000),
            FaultEpisode(faults: [harmless, cut], examinedAt: 140_000),
        ]
        let life = LifeTests.life(seed: 4, days: 3, episodes)
        let report = try life.run()
        #expect(report.episode == 1)
        #expect(report.offences.contains { $0.contains("ElArr1ConsPower") && $0.hasSuffix("is missing") })
        var shrinker = LifeShrinker()
        let (shortest, failure) = try shrinker.shrink(life, report)
        #expect(shortest.episodes.flatMap(\.faults) == [cut])
        #expect(!failure.offences.isEmpty)
    }

    @Test("the power fails at syncs of a day and of the recovery, and nothing is lost")
    func powerCuts() throws {
        let campaign = try PowerCutCampaign(
            personality: LifeTests.personality, profiles: try LifeTests.profiles())
        let whole = try campaign.day()
        #expect(whole.offences == [])
        #expect(whole.syncs > 100)
        for first in stride(from: 2, through: whole.syncs, by: whole.syncs / 2) {
            let outcome = try campaign.day(.init(first: first, second: 1 + first % 3, cut: .tearUnsynced))
            #expect(outcome.offences == [], "sync \(first)")
            #expect(outcome.wasCut)
        }
    }
}
