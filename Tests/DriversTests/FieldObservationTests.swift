import DLMS
import Drivers
import Faults
import Metering
import SPODES
import Seams
import Street
import Testing
import Timekeeping
import VirtualTime

/// What meters were seen to do beside the list of oddities: link and addresses (a), profiles (d), journals
/// (e), each through the driver.
@Suite struct FieldObservationTests {
    private static let energomera = FieldQuirkTests.energomera
    private static let nartis = FieldQuirkTests.nartis

    // MARK: (a) link

    @Test func `frames of 2030 octets in windows of seven are taken without a poll`() throws {
        try StreetFixture.makers(models: {
            $0.replacing("\"information\": 512", with: "\"information\": 2030")
                .replacing("\"window\": 1", with: "\"window\": 7")
                .replacing("\"pduSize\": 1024", with: "\"pduSize\": 40000")
        }) { street in
            let recorder = RecordingChannel(try await street.wire.open())
            let driver = try street.catalogue.driver(for: "SPODES")
            let today = street.now.startOfDay
            let begin = street.world.clock.now
            let rows = try await driver.session(with: street.point(Self.energomera), over: recorder) {
                try await $0.archive(.powerProfile, window: today.adding(seconds: 1 - 14 * 86_400)...today)
            }
            #expect(rows.readings.count == 14 * 48)
            // Each answer fits one window: no poll of a link thought silent, nothing asked for twice.
            let polls = recorder.exchanges.filter { ["RR", "REJ"].contains($0) }
            #expect(polls.isEmpty)
            let asked = recorder.exchanges.filter { $0.hasSuffix("rows") }
            #expect(asked.count <= 9, "\(asked)")
            #expect(street.world.clock.now - begin < .seconds(90))
        }
    }

    @Test(arguments: [128, 2_030])
    func `on a slow line an answer outlasts its time-out and is waited for to its end, R25`(
        information: Int
    ) throws {
        try StreetFixture.makers(
            models: {
                $0.replacing("\"information\": 512", with: "\"information\": \(information)")
                    .replacing("\"window\": 1", with: "\"window\": 7")
            }, street: { $0.replacing("\"9600,8n1\"", with: "\"1200,8n1\"") }
        ) { street in
            let recorder = RecordingChannel(
                try await street.wire.open(), inPiecesBy: street.world.clock)
            let dialogue = DLMSDialogue(
                try DLMSLink(street.point(Self.energomera)), over: recorder, clock: street.world.clock)
            try await dialogue.open(wasHeard: true)
            let name = AttributeDescriptor(
                classID: 7, logicalName: LogicalName(ArchiveProfile.load.object), attribute: 2)
            // Above the standard nothing is longer than 1,200 octets, which last ten seconds here.
            let selection = EntryDescriptor(fromEntry: 1, toEntry: 48).selection
            guard case .data(.array(let rows)) = try await dialogue.get(name, selection: selection, .profile)
            else {
                Issue.record("no rows")
                return
            }
            #expect(rows.count == 48)
            // The first octet came in time: nothing is asked for twice, and no lesson that the meter is slow.
            let polls = information == 128 ? ["RR"] : []
            #expect(
                recorder.exchanges == ["SNRM", "AARQ", "GET 1.0.99.1.0/2 rows"] + polls + [
                    "GET block after 1"
                ])
            let wait = await dialogue.times.timeout(.profile, over: .serial)
            #expect(wait == .seconds(5), "\(wait)")
            await dialogue.close()
        }
    }

    @Test(arguments: 1...6)
    func `whatever a line does to octets, rows are right or there is a fault`(seed: Int) throws {
        try StreetFixture.makers(before: { line in
            var faults = StationFaults()
            faults.wrongFCS = Double(seed % 3) * 0.06
            faults.garbage = Double(seed % 2) * 0.05
            faults.loss = 0.04 * Double(seed % 4)
            faults.noiseBefore = seed % 3
            for station in line.stations.indices { line.setFaults(faults, ofStation: station) }
        }) { street in
            let today = street.now.startOfDay
            let window = today.adding(seconds: 1 - 86_400)...today
            var (whole, faults) = (0, 0)
            for index in 0..<5 {
                let truth = try await street.truth(index).rows(.load, in: window)
                for _ in 0..<3 {
                    do {
                        let rows = try await street.session(street.point(index)) {
                            try await $0.archive(.powerProfile, window: window).readings
                        }
                        #expect(rows.map(\.stamp.civil) == truth.map(\.stamp))
                        for (row, told) in zip(rows, truth) {
                            for (tag, value) in told.values { #expect(row[tag] == value) }
                        }
                        whole += 1
                    } catch is Fault {
                        faults += 1
                    }
                    try await street.world.clock.sleep(until: street.world.clock.now + .seconds(130))
                }
            }
            #expect(whole > 0 && whole + faults == 15)
        }
    }

    @Test func `a meter that states no limits is spoken to in frames of 128 octets, one at a time`() throws {
        try StreetFixture.run(
            maker: FieldQuirkTests.milur,
            quirk: { frame, _, _ in
                frame.information.count > 128 ? .swallow : .pass
            }
        ) { street in
            let today = street.now.startOfDay
            let rows = try await street.session(street.point(FieldQuirkTests.milur)) {
                try await $0.archive(.powerProfile, window: today.adding(seconds: 1 - 86_400)...today)
            }
            #expect(rows.readings.count == 48)
        }
    }

    @Test func `limits proposed for a maker's meters hold from the second session on`() throws {
        var profile = try #require(StreetFixture.profiles.all.first { $0.name == "mercury-234" })
        profile.proposal = MeterProfile.Proposal()
        profile.proposal?.information = 512
        let profiles = MeterProfiles([profile])
        // By the letter an empty SNRM brings 128 octets; 512 must be asked for.
        try StreetFixture.makers(
            models: {
                $0.replacing("\"information\": 128", with: "\"information\": 512")
            }, profiles: profiles
        ) { street in
            let today = street.now.startOfDay
            var counts: [Int] = []
            for _ in 0..<2 {
                let recorder = RecordingChannel(try await street.wire.open())
                let driver = try street.catalogue.driver(for: "SPODES")
                _ = try await driver.session(with: street.point(FieldQuirkTests.mercury), over: recorder) {
                    try await $0.archive(.dayEnergy, window: today.adding(seconds: -20 * 86_400)...today)
                }
                counts.append(recorder.exchanges.count)
            }
            #expect(counts[1] * 2 < counts[0], "\(counts)")
        }
    }

    // MARK: (b) present values and what a meter is

    @Test func `all 38 values of quality come where a meter has all of them`() throws {
        try StreetFixture.makers { street in
            try await street.session(street.point(Self.energomera)) { session in
                let quality = try await session.current(.momentQuality, tags: [])
                #expect(quality.values.map(\.tag) == Metering.Tag.quality)
                #expect(quality.values.count == 38)
                let again = try await session.current(.momentQuality, tags: [.kQB, .iDiff])
                #expect(again.values.map(\.tag) == [.kQB, .iDiff])
            }
        }
    }

    @Test func `what a meter can is told by its registers, also by those that have no value just then`()
        throws
    {
        @Sendable func abilities(_ reading: Reading) -> [Metering.Tag: Int64] {
            var found: [Metering.Tag: Int64] = [:]
            for tag in [Metering.Tag.cArrays, .isClock, .isTrf, .isAm, .isRm, .isRp, .isDst, .cTime] {
                found[tag] = reading[tag]?.mantissa
            }
            return found
        }
        let threePhase: [Metering.Tag: Int64] = [
            .cArrays: 1, .isClock: 1, .isTrf: 1, .isAm: 1, .isRm: 1, .isRp: 1, .isDst: 0, .cTime: 30,
        ]
        for isRefused in [false, true] {
            for maker in [FieldQuirkTests.mercury, FieldQuirkTests.milur] {
                try StreetFixture.run(
                    maker: maker,
                    quirk: { frame, _, _ in
                        guard let attribute = frame.getRequest?.attribute else { return .pass }
                        #expect(attribute.object.classID != 15, "the list of objects is asked for")
                        let isEnergy = attribute.object.logicalName == LogicalName(1, 0, 3, 8, 0)
                        guard isRefused, isEnergy, attribute.attribute == 2 else { return .pass }
                        // Temporary-failure.
                        return .rewrite { answer in answer.answering { Array($0[..<3]) + [1, 2] } }
                    }
                ) { street in
                    let reading = try await street.session(street.point(maker)) {
                        try await $0.current(.configuration, tags: [])
                    }
                    var expected = threePhase
                    // The Milur counts one direction.
                    if maker == FieldQuirkTests.milur { expected[.isAm] = 0 }
                    #expect(abilities(reading) == expected, "\(maker) \(isRefused)")
                    #expect(reading[.kI] != nil && reading[.kU] != nil && reading[.constant] != nil)
                }
            }
        }
    }

    // MARK: (e) journals

    @Test(arguments: ["", "wideEventCodes", "detailedJournals"])
    func `codes of any integer type, and channels as octets or numbers, say the same`(quirk: String) throws {
        let wall = StreetFixture.noon
        try StreetFixture.makers(
            models: { text in
                quirk.isEmpty
                    ? text : text.replacing("\"shuffledScalers\"", with: "\"shuffledScalers\", \"\(quirk)\"")
            },
            before: { line in
                line.happen(.coverOpened, toStation: Self.energomera, wall: wall)
                line.happen(.ratioChanged, toStation: Self.energomera, wall: wall)
            }
        ) { street in
            let answer = try await street.session(street.point(Self.energomera)) {
                try await $0.journal(
                    [.coverOpened, .programming, .unauthorisedAccess, .voltageMinimumA], since: nil)
            }
            let today = answer.events.filter { $0.stamp.civil >= street.now.startOfDay }
            #expect(today.map(\.journal).contains(.coverOpened))
            let changes = today.filter { $0.journal == .programming }
            let programming = try #require(changes.last)
            #expect(programming.code == 16 && programming.channel == 0x12)
            #expect((programming.client == 48) == (quirk == "detailedJournals"))
            let access = answer.events.filter { $0.journal == .unauthorisedAccess }
            #expect(access.allSatisfy { $0.code == 1 && $0.client == 48 && $0.channel == 0x12 })
            let dips = answer.events.filter { $0.journal == .voltageMinimumA }
            #expect(Set(dips.map(\.code)) == [19, 20])
            #expect(answer.events.allSatisfy { $0.operatingTime != nil })
        }
    }

    @Test func `of the forty journals a Nartis keeps those that SPODES has, and tells the rest`() throws {
        try StreetFixture.makers { street in
            let answer = try await street.session(street.point(Self.nartis)) {
                try await $0.journal(Set(Journal.allCases), since: nil)
            }
            let expected = Journal.allCases.filter { journal in
                !JournalTable.sources(of: journal).contains { MeterJournal.numbers.contains($0) }
            }
            #expect(answer.unsupported == Set(expected))
            #expect(expected.count == 16)
        }
    }

    @Test func `a maker's own code means what the maker's profile says, and keeps its number`() throws {
        var profile = try #require(StreetFixture.profiles.all.first { $0.name == "energomera-ce308" })
        let wall = StreetFixture.noon
        for isKnown in [false, true] {
            // The meter writes 16 for a changed ratio; to this maker it is a tariff corrected.
            profile.codes = isKnown ? [3: [16: 5]] : [:]
            try StreetFixture.makers(
                profiles: MeterProfiles([profile]),
                before: { line in
                    line.happen(.ratioChanged, toStation: Self.energomera, wall: wall)
                }
            ) { street in
                let answer = try await street.session(street.point(Self.energomera)) {
                    try await $0.journal([.tariffCorrection], since: nil)
                }
                #expect(answer.events.map(\.code) == (isKnown ? [16] : []))
            }
        }
    }

    @Test func `a register that does not tell its power of ten has that of the maker's profile`() throws {
        var profile = try #require(StreetFixture.profiles.all.first { $0.name == "energomera-ce308" })
        profile.scalers = [.freq: -2]
        for isKnown in [false, true] {
            try StreetFixture.run(
                maker: Self.energomera, profiles: MeterProfiles(isKnown ? [profile] : []),
                quirk: { frame, _, _ in
                    guard let name = frame.getRequest?.attribute, name.attribute == 3,
                        name.object.logicalName == LogicalName(OBISCode(1, 0, 14, 7, 0))
                    else { return .pass }
                    return .rewrite { answer in answer.answering { Array($0[..<3]) + [1, 4] } }
                }
            ) { street in
                let reading = try? await street.session(street.point(Self.energomera)) {
                    try await $0.current(.momentQuality, tags: [.freq])
                }
                #expect(reading?[.freq]?.scaler == (isKnown ? -2 : nil))
            }
        }
    }

    @Test func `a meter whose maker's lists fail is asked for one attribute at a time`() throws {
        var profile = try #require(StreetFixture.profiles.all.first { $0.name == "energomera-ce308" })
        profile.listLimit = 1
        // Offered, and swallowed when used.
        for isKnown in [false, true] {
            try StreetFixture.run(
                maker: Self.energomera,
                models: { $0.replacing("\"conformance\": \"00181D\"", with: "\"conformance\": \"001A1D\"") },
                profiles: MeterProfiles(isKnown ? [profile] : []),
                quirk: { frame, _, _ in frame.listCount > 0 ? .swallow : .pass }
            ) { street in
                let code = await faultCode {
                    _ = try await street.session(street.point(Self.energomera)) {
                        try await $0.current(.momentQuality, tags: [.uA, .uB, .uC, .iA, .freq])
                    }
                }
                #expect(code == (isKnown ? nil : .meterSilent))
            }
        }
    }
}
