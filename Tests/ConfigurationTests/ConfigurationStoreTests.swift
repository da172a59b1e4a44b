// The store: revisions that survive crashes and damage, conflicts that name who, factory set, listeners (D7).

import Configuration
import Faults
import JSONText
import Logging
import Seams
import Testing
import Timekeeping
import VirtualTime

@Suite("The configuration store (D7)")
struct ConfigurationStoreTests {
    static let factory = VirtualFiles([
        "accounts.json":
            #"{"Settings":[{"id":1,"login":"admin","password":"admin","lvl":2,"mustChange":true}]}"#,
        "schedules.json": #"{"Settings":[{"id":1,"min":30}]}"#,
    ])

    static func open(_ files: VirtualFiles, in world: VirtualWorld) async throws -> ConfigurationStore {
        try await ConfigurationStore.open(
            files: files, factory: factory, wall: world.wall, hasher: PlainHasher(), logger: .silent)
    }

    static func schedule(_ minutes: Int) throws -> TableEdit {
        try put(.schedules, #"[{"id":1,"min":\#(minutes)}]"#)
    }

    @Test("a new device starts from the factory set, its passwords hashed and to be changed")
    func factorySet() throws {
        try VirtualWorld().run { world in
            let files = VirtualFiles()
            let first = try await ConfigurationStoreTests.open(files, in: world).current
            #expect(first.number == 1)
            #expect(first.configuration.accounts.first?.passwordHash == "[admin]")
            #expect(first.configuration.accounts.first?.mustChangePassword == true)
            let again = try await ConfigurationStoreTests.open(files, in: world).current
            #expect(again.configuration == first.configuration)
        }
    }

    @Test("a save makes the next revision, links what did not change, and says who, when and what")
    func saving() throws {
        try VirtualWorld().run { world in
            let files = VirtualFiles()
            let store = try await ConfigurationStoreTests.open(files, in: world)
            let outcome = try await store.commit(
                [ConfigurationStoreTests.schedule(5)], user: "ivan", expected: 1)
            #expect(outcome.revision.number == 2)
            #expect(outcome.revision.manifest.user == "ivan")
            #expect(outcome.revision.manifest.time == world.wall.now)
            #expect(outcome.revision.manifest.tables == [.schedules])
            #expect(files.linkCount("current/accounts.json") == 2)
            #expect(files.linkCount("current/schedules.json") == 1)
            let reopened = try await ConfigurationStoreTests.open(files, in: world).current
            #expect(reopened.configuration.schedules.first?.schedule == .every(minutes: 5))
        }
    }

    @Test("a save on an older revision is refused, naming who saved meanwhile and when")
    func conflict() throws {
        try VirtualWorld().run { world in
            let store = try await ConfigurationStoreTests.open(VirtualFiles(), in: world)
            _ = try await store.commit([ConfigurationStoreTests.schedule(5)], user: "ivan", expected: 1)
            let late = try ConfigurationStoreTests.schedule(6)
            do throws(Faults) {
                _ = try await store.commit([late], user: "olga", expected: 1)
                Issue.record("accepted")
            } catch {
                #expect(error.all.map(\.code) == [.revisionConflict])
                #expect(error.all.first?.parameters["user"] == "ivan")
            }
        }
    }

    @Test("a crash at any step of a save leaves the old or the new revision, whole")
    func crashes() throws {
        try VirtualWorld().run { world in
            for step in 0..<40 {
                let files = VirtualFiles()
                let store = try await ConfigurationStoreTests.open(files, in: world)
                files.failAfter(step)
                let saved = try? await store.commit([ConfigurationStoreTests.schedule(5)], user: "ivan")
                files.recover()
                let reopened = try await ConfigurationStoreTests.open(files, in: world)
                let minutes = await reopened.current.configuration.schedules.first?.schedule
                #expect(minutes == (saved == nil ? .every(minutes: 30) : .every(minutes: 5)), "step \(step)")
                #expect(await reopened.notices.isEmpty)
                let next = try await reopened.commit([ConfigurationStoreTests.schedule(7)], user: "olga")
                #expect(next.revision.configuration.schedules.first?.schedule == .every(minutes: 7))
            }
        }
    }

    @Test("a damaged revision is kept aside, the newest good one is started on, and a notice tells it")
    func damage() throws {
        try VirtualWorld().run { world in
            let files = VirtualFiles()
            let store = try await ConfigurationStoreTests.open(files, in: world)
            _ = try await store.commit([ConfigurationStoreTests.schedule(5)], user: "ivan")
            _ = try await store.commit([ConfigurationStoreTests.schedule(6)], user: "ivan")
            files.damage("revisions/3/schedules.json", #"{"Settings":[]}"#)
            let reopened = try await ConfigurationStoreTests.open(files, in: world)
            #expect(await reopened.current.number == 2)
            #expect(await reopened.notices.map(\.code) == [.revisionDamaged])
            #expect(try files.names(in: "revisions").contains("damaged-3"))
            let next = try await reopened.commit([ConfigurationStoreTests.schedule(7)], user: "olga")
            #expect(next.revision.number == 3)
        }
    }

    @Test("with no good revision the start is refused instead of forgetting everything")
    func nothingGood() throws {
        try VirtualWorld().run { world in
            let files = VirtualFiles()
            _ = try await ConfigurationStoreTests.open(files, in: world)
            files.damage("revisions/1/manifest.json", "{")
            await #expect(throws: Fault.self) { try await ConfigurationStoreTests.open(files, in: world) }
        }
    }

    @Test("a revision of a newer schema is refused, naming it, and left alone")
    func newer() throws {
        try VirtualWorld().run { world in
            let files = VirtualFiles()
            _ = try await ConfigurationStoreTests.open(files, in: world)
            let text = String(decoding: try files.read("revisions/1/manifest.json"), as: UTF8.self)
            files.damage("revisions/1/manifest.json", text.replacing(#""schema":1"#, with: #""schema":9"#))
            let refusal = await #expect(throws: Fault.self) {
                try await ConfigurationStoreTests.open(files, in: world)
            }
            #expect(refusal?.code == .revisionNewer)
            #expect(refusal?.parameters["value"] == "9")
            #expect(try files.names(in: "revisions") == ["1"])
        }
    }

    @Test("the last fifty revisions stay and any of them can be gone back to")
    func history() throws {
        try VirtualWorld().run { world in
            let store = try await ConfigurationStoreTests.open(VirtualFiles(), in: world)
            for minutes in 1...55 {
                _ = try await store.commit([ConfigurationStoreTests.schedule(minutes)], user: "ivan")
            }
            let numbers = await store.history().map(\.number)
            #expect(numbers == Array((7...56).reversed()))
            let restored = try await store.restore(10, user: "olga")
            #expect(restored.revision.number == 57)
            #expect(restored.revision.configuration.schedules.first?.schedule == .every(minutes: 9))
        }
    }

    @Test("a listener hears the revision in force, and the newest of several saves")
    func listening() throws {
        try VirtualWorld().run { world in
            let store = try await ConfigurationStoreTests.open(VirtualFiles(), in: world)
            var changes = await store.changes().makeAsyncIterator()
            #expect(await changes.next()?.number == 1)
            for minutes in [5, 6, 7] {
                _ = try await store.commit([ConfigurationStoreTests.schedule(minutes)], user: "ivan")
            }
            #expect(await changes.next()?.number == 4)
        }
    }

    @Test("a password is hashed on its way in and a hash from outside is not taken")
    func passwords() throws {
        try VirtualWorld().run { world in
            let store = try await ConfigurationStoreTests.open(VirtualFiles(), in: world)
            let edit = try put(
                .accounts,
                #"[{"id":1,"login":"admin","password":"","lvl":2,"hash":"[evil]"},{"id":2,"login":"u","password":"p","lvl":1}]"#
            )
            let accounts = try await store.commit([edit], user: "admin").revision.configuration.accounts
            #expect(accounts.map(\.passwordHash) == ["[admin]", "[p]"])
            #expect(accounts.map(\.mustChangePassword) == [true, false])
            let changed = try await store.setPassword("new", login: "admin", user: "admin").revision
                .configuration
            #expect(changed.accounts.first?.passwordHash == "[new]")
            #expect(changed.accounts.first?.mustChangePassword == false)
        }
    }
}
