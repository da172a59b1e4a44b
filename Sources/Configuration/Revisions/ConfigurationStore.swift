// The one owner of the configuration (decision D7): holds the revision in force, makes the next one from
// edits, and tells who listens. Everybody else has frozen values.

package import Faults
import JSONText
package import Logging
package import Seams
import Timekeeping

/// A revision in force.
package struct AppliedRevision: Sendable {
    /// Number, who, when and what.
    package var manifest: RevisionManifest
    /// The tables.
    package var configuration: GatewayConfiguration

    /// The revision's number, the entity tag of every table.
    package var number: Int { manifest.number }
}

/// What came of a save.
package struct CommitOutcome: Sendable {
    /// The revision now in force.
    package var revision: AppliedRevision
    /// What went beyond what was asked to go.
    package var losses: [ConfigurationLoss]
    /// What a person should know although it is allowed.
    package var warnings: [Fault]
}

/// Holds the configuration, durably.
package actor ConfigurationStore {
    private let revisions: RevisionFiles
    private let wall: any WallClock
    private let hasher: any PasswordHasher
    private let logger: Logger
    private let place: @Sendable () -> OwnPlace
    private var applied: AppliedRevision
    private var listeners: [Int: AsyncStream<AppliedRevision>.Continuation] = [:]
    private var listenerCount = 0

    /// What a person must be told about the start, for the banner: a damaged revision that was put aside.
    package private(set) var notices: [Fault]

    private init(
        _ opened: (AppliedRevision, [Fault]), revisions: RevisionFiles, wall: any WallClock,
        hasher: any PasswordHasher, logger: Logger, place: @escaping @Sendable () -> OwnPlace
    ) {
        (applied, notices) = opened
        self.revisions = revisions
        self.wall = wall
        self.hasher = hasher
        self.logger = logger
        self.place = place
    }

    /// Opens the configuration below `files` (`DATA/etc`), making the first revision from `factory` (one JSON
    /// file a table) when there is none. `place` tells where the gateway is reached now. Throws when no
    /// revision is good, or one was made by a newer version.
    package static func open(
        files: any FileTree, factory: any FileTree, wall: any WallClock, hasher: any PasswordHasher,
        logger: Logger, place: @escaping @Sendable () -> OwnPlace = { OwnPlace() }
    ) async throws -> ConfigurationStore {
        let revisions = RevisionFiles(files: files)
        let logger = logger.labelled("configuration")
        let opened = try RevisionOpening(revisions: revisions, logger: logger).newestGood()
        if let opened {
            return ConfigurationStore(
                opened, revisions: revisions, wall: wall, hasher: hasher, logger: logger,
                place: place)
        }
        let configuration = try await FactorySet(files: factory, hasher: hasher).configuration()
        try files.makeDirectory("revisions")
        let manifest = try revisions.save(
            configuration, number: 1, previous: nil, user: "factory", time: wall.now,
            tables: ConfigurationTable.allCases)
        logger.log(.notice, "started from the factory set", [(.revision, "1")])
        let first = AppliedRevision(manifest: manifest, configuration: configuration)
        return ConfigurationStore(
            (first, []), revisions: revisions, wall: wall, hasher: hasher, logger: logger,
            place: place)
    }

    /// The revision in force.
    package var current: AppliedRevision { applied }

    /// The newest revision after each change, beginning with the one in force. A slow listener misses the
    /// ones in between, never the newest.
    package func changes() -> AsyncStream<AppliedRevision> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: AppliedRevision.self, bufferingPolicy: .bufferingNewest(1))
        listenerCount += 1
        listeners[listenerCount] = continuation
        continuation.yield(applied)
        return stream
    }

    /// What a save would lead to, without saving: losses and warnings for the review dialog.
    package func preview(_ edits: [TableEdit]) async throws(Faults) -> EditedConfiguration {
        let prepared = try await PasswordPreparation(hasher: hasher).prepare(edits)
        return try applied.configuration.applying(prepared, at: place())
    }

    /// Saves edits of any number of tables as one revision. `expected` is the revision the client had read;
    /// when another has come since, throws `configuration.conflict` with its number, user and time.
    package func commit(
        _ edits: [TableEdit], user: String, expected: Int? = nil
    ) async throws(Faults) -> CommitOutcome {
        try refuseConflict(expected)
        let prepared = try await PasswordPreparation(hasher: hasher).prepare(edits)
        // Hashing lets others in; whoever saved meanwhile wins.
        try refuseConflict(expected)
        let edited = try applied.configuration.applying(prepared, at: place())
        let revision = try save(edited.configuration, user: user, tables: edits.map(\.table))
        return CommitOutcome(revision: revision, losses: edited.losses, warnings: edited.warnings)
    }

    /// Sets the password of one account and lifts its obligation to do so. The caller has verified the old
    /// one.
    package func setPassword(_ password: String, login: String, user: String) async throws(Faults)
        -> CommitOutcome
    {
        guard !password.isEmpty else { throw Faults([Fault(.inputMissing, path: "/new")]) }
        let hash = try await PasswordPreparation(hasher: hasher).hash(password)
        var configuration = applied.configuration
        guard let index = configuration.accounts.firstIndex(where: { $0.login == login }) else {
            throw Faults([Fault(.notFound, ["value": login], path: "/login")])
        }
        configuration.accounts[index].passwordHash = hash
        configuration.accounts[index].mustChangePassword = false
        let revision = try save(configuration, user: user, tables: [.accounts])
        return CommitOutcome(revision: revision, losses: [], warnings: [])
    }

    /// Manifests of the revisions that can be gone back to, newest first.
    package func history() -> [RevisionManifest] {
        let numbers = (try? revisions.numbers()) ?? []
        return numbers.reversed().compactMap { revisions.manifest(of: $0) }
    }

    /// The tables of an older revision; throws `operation.unknown` when it is not there,
    /// `configuration.damaged` when it is not good.
    package func revision(_ number: Int) throws(Faults) -> AppliedRevision {
        guard revisions.manifest(of: number) != nil else {
            throw Faults([Fault(.notFound, ["revision": "\(number)"])])
        }
        do throws(RevisionDamage) {
            let stored = try revisions.load(number)
            return AppliedRevision(manifest: stored.manifest, configuration: stored.configuration)
        } catch {
            throw Faults([Fault(.revisionDamaged, ["revision": "\(number)"])])
        }
    }

    /// Makes the tables of an older revision the newest one. Accounts stay as they are: nobody is locked out
    /// by it. `expected` as for `commit`.
    package func restore(
        _ number: Int, user: String, expected: Int? = nil
    ) throws(Faults) -> CommitOutcome {
        try refuseConflict(expected)
        var configuration = try revision(number).configuration
        configuration.accounts = applied.configuration.accounts
        let kept = Set(configuration.meters.map(\.id))
        let losses = applied.configuration.meters.filter { !kept.contains($0.id) }
            .map { ConfigurationLoss(.meters, key: $0.key) }
        let revision = try save(configuration, user: user, tables: ConfigurationTable.allCases)
        return CommitOutcome(revision: revision, losses: losses, warnings: configuration.warnings())
    }

    private func refuseConflict(_ expected: Int?) throws(Faults) {
        guard let expected, expected != applied.number else { return }
        let manifest = applied.manifest
        throw Faults([
            Fault(
                .revisionConflict,
                [
                    "value": "\(expected)", "revision": "\(manifest.number)", "user": manifest.user,
                    "time": "\(manifest.time.unixSeconds)",
                ])
        ])
    }

    private func save(
        _ configuration: GatewayConfiguration, user: String, tables: [ConfigurationTable]
    ) throws(Faults) -> AppliedRevision {
        do throws(FileTreeError) {
            let number = (try revisions.numbers().last ?? 0).advanced(by: 1)
            let manifest = try revisions.save(
                configuration, number: max(number, applied.number + 1), previous: applied.number, user: user,
                time: wall.now, tables: tables)
            applied = AppliedRevision(manifest: manifest, configuration: configuration)
            // What cannot be tidied now is tidied after the next save.
            try? revisions.tidy(current: manifest.number)
        } catch {
            logger.log(.error, "saving a revision failed", [(.error, "\(error)")])
            throw Faults([Fault(.revisionWrite, ["reason": "\(error)"])])
        }
        logger.log(.notice, "saved", [(.revision, "\(applied.number)"), (.user, user)])
        announce()
        return applied
    }

    private func announce() {
        for (number, listener) in listeners {
            if case .terminated = listener.yield(applied) { listeners[number] = nil }
        }
    }
}
