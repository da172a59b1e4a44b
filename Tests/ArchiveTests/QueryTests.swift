// Reading back by windows, tags and pages, and the answer document (api 3.1, 3.2).

import Archive
import Metering
import Storage
import Testing
import Timekeeping

@Suite struct QueryTests {
    let bench = ArchiveBench()

    private func filled() async throws -> MeterArchive {
        let archive = try await bench.open(meters: 3)
        for meter in 1...2 {
            let rows = (1...10).map { day("2026-02-\($0 + 10)T00:00:00", Int64(meter * 100 + $0)) }
            _ = try await archive.store(session(rows.reversed(), meter: meter, serial: "S\(meter)"))
        }
        return archive
    }

    @Test func windowsAreOredAndInclusiveAtBothEndsAndNoRowComesTwice() async throws {
        let archive = try await filled()
        let query = ArchiveQuery(
            .dayEnergy, meters: [2],
            windows: [
                civil("2026-02-18T00:00:00")...civil("2026-02-19T00:00:00"),
                civil("2026-02-11T00:00:00")...civil("2026-02-12T00:00:00"),
                civil("2026-02-12T00:00:00")...civil("2026-02-13T00:00:00"),
            ])
        #expect(try await archive.rows(query).map(\.main) == [201, 202, 203, 208, 209])
    }

    @Test func rowsAscendAndMetersComeInTheOrderAsked() async throws {
        let archive = try await filled()
        let rows = try await archive.rows(ArchiveQuery(.dayEnergy, meters: [2, 9, 1]))
        #expect(rows.map(\.life.meterID) == Array(repeating: 2, count: 10) + Array(repeating: 1, count: 10))
        #expect(rows.map(\.main) == (201...210).map { $0 } + (101...110).map { $0 })
    }

    @Test func pagesOfAnySizeGiveTheSameRows() async throws {
        let archive = try await filled()
        var summer = half("2026-02-20T02:30:00", 7)
        summer.stamp.isSeason = true
        let profile = [half("2026-02-20T02:10:00", 1), summer, half("2026-02-20T02:30:00", 2)]
        _ = try await archive.store(session(profile, serial: "S1"))
        for query in [ArchiveQuery(.dayEnergy), ArchiveQuery(.powerProfile)] {
            let whole = try await archive.rows(query)
            for size in 1...7 {
                var rows: [ArchivedRow] = []
                var position: ArchivePosition? = .start
                while let from = position {
                    let page = try await archive.page(query, from: from, limit: size)
                    #expect(page.rows.count <= size)
                    rows += page.rows
                    position = page.next
                }
                #expect(rows == whole)
            }
        }
    }

    @Test func onlyTheTagsAskedForComeBack() async throws {
        let archive = try await bench.open(meters: 1)
        let reading = Reading(
            .dayEnergy, at: MeterStamp(civil("2026-02-20T00:00:00")),
            values: Tag.energy.map { MeasuredValue($0, mantissa: 5) })
        _ = try await archive.store(session([reading]))
        let rows = try await archive.rows(ArchiveQuery(.dayEnergy, tags: [.rMinus4, .aPlus0, .freq]))
        #expect(rows.first?.reading.values.map(\.tag) == [.aPlus0, .rMinus4])
    }

    @Test func theNewestRowOfEveryMeterIsOneQuery() async throws {
        let archive = try await filled()
        #expect(try await archive.latest(.dayEnergy).map(\.main) == [110, 210])
        let window = civil("2026-02-11T00:00:00")...civil("2026-02-13T12:00:00")
        let query = ArchiveQuery(.dayEnergy, windows: [window], newestOnly: true)
        #expect(try await archive.rows(query).map(\.main) == [103, 203])
    }

    @Test func theDocumentHasTheLiteralFormOldClientsSearchFor() async throws {
        let archive = try await bench.open(meters: 2)
        let reading = Reading(
            .powerProfile, at: MeterStamp(civil("2026-02-20T00:30:00")), clockDifferenceSeconds: -2,
            intervalMinutes: 30,
            values: [
                MeasuredValue(.pPlus, mantissa: 1_255, scaler: -1, form: .increment),
                MeasuredValue(.isPart, mantissa: 0),
            ])
        _ = try await archive.store(session([reading], serial: "S\"1"))
        var document = ReadingDocument(offset: zone)
        document.begin()
        document.beginMeasure("ElArr1ConsPower")
        for meter in 1...2 {
            let life = try #require(await archive.life(of: meter))
            document.beginDevice(meterID: meter, serial: life.serial)
            document.rows(try await archive.rows(ArchiveQuery(.powerProfile, meters: [meter])))
        }
        document.endMeasure()
        document.end()
        let text = String(decoding: document.drain(), as: UTF8.self)
        #expect(
            text
                == #"{"measures":[{"measure":"ElArr1ConsPower","devices":[{"id":1,"deviceIdx":1,"meterId":1,"#
                + #""serial":"S\"1","vals":[{"ts":"2026-02-20T00:30:00+03:00","diff":-2,"tags":[{"tag":"P+","#
                + #""val":251},{"tag":"isPart","val":false}]}]},{"id":2,"deviceIdx":2,"meterId":2,"#
                + #""serial":"","vals":null}]}]}"#)
    }

    @Test func deletingAMeterLosesWhatTheDialogSaid() async throws {
        let archive = try await filled()
        let losses = try await archive.losses(ofDeleting: [2, 3])
        #expect(losses.map(\.total) == [10, 0])
        #expect(losses[0].rows == [.dayEnergy: 10] && losses[0].serial == "S2")
        #expect(losses[0].span == civil("2026-02-11T00:00:00")...civil("2026-02-20T00:00:00"))
        try await archive.register([RegisteredMeter(id: 1), RegisteredMeter(id: 3)], revision: 7)
        #expect(try await archive.rows(ArchiveQuery(.dayEnergy)).count == 10)
        #expect(try await archive.appliedRevision() == 7)
        #expect(try bench.shell().integer("SELECT count(*) FROM energy") == 10)
    }

    @Test func aThousandMetersGiveTheirLatestRowsAndADayOfAHundredThousandRowsQuickly() async throws {
        let archive = try await bench.open(meters: 1_000)
        for meter in 1...1_000 {
            let rows = (0..<100).map { index -> Reading in
                var reading = half("2026-02-20T00:30:00", Int64(index))
                reading.stamp.civil = reading.stamp.civil.adding(seconds: Int64(index) * 1_800)
                return reading
            }
            _ = try await archive.store(session(rows, meter: meter, serial: "\(meter)"))
        }
        let clock = ContinuousClock()
        let start = clock.now
        #expect(try await archive.latest(.powerProfile).count == 1_000)
        let window = civil("2026-02-21T00:30:00")...civil("2026-02-22T00:00:00")
        let query = ArchiveQuery(.powerProfile, meters: [700], windows: [window])
        #expect(try await archive.rows(query).count == 48)
        // Debug build, busy machine: the release figure is some 10 ms.
        #expect(clock.now - start < .seconds(2))
    }

    @Test func readdressingAMeterKeepsItsArchive() async throws {
        let archive = try await filled()
        let meters = (1...3).map { RegisteredMeter(id: $0, typeName: "SPODES", address: "5\($0)", parent: 0) }
        try await archive.register(meters, revision: 2)
        try await archive.register(meters, revision: 2)
        #expect(try await archive.rows(ArchiveQuery(.dayEnergy)).count == 20)
        #expect(try bench.shell().integer("SELECT count(*) FROM meter WHERE address = '51'") == 1)
    }
}
