// Starting after whatever happened (decision D7): the revision in force if it is good, else the newest good
// one with the damaged kept aside and a notice; a refusal only when none is good.

import Faults
import Logging
import Seams

/// Finds the revision to start on.
struct RevisionOpening {
    let revisions: RevisionFiles
    let logger: Logger

    /// The revision to start on with notices for people; nil on a device that never had one.
    func newestGood() throws -> (AppliedRevision, [Fault])? {
        let numbers = try revisions.numbers()
        guard let newest = numbers.last else { return nil }
        let pointed = try revisions.currentNumber().flatMap { numbers.contains($0) ? $0 : nil }
        // A number above the one in force was never acknowledged to anybody.
        let inForce = pointed ?? newest
        var notices: [Fault] = []
        for number in numbers.reversed() where number <= inForce {
            if let opened = try open(number, notices: &notices) {
                if number != pointed { try revisions.files.point("current", to: "revisions/\(number)") }
                try revisions.tidy(current: number)
                return (opened, notices)
            }
        }
        throw Fault(.revisionDamaged, ["revision": "\(inForce)"])
    }

    private func open(_ number: Int, notices: inout [Fault]) throws -> AppliedRevision? {
        do throws(RevisionDamage) {
            let stored = try revisions.load(number)
            return AppliedRevision(manifest: stored.manifest, configuration: stored.configuration)
        } catch {
            switch error {
            case .newer(let schema):
                throw Fault(.revisionNewer, ["revision": "\(number)", "value": "\(schema)"])
            case .damaged(let reason):
                logger.log(
                    .error, "a damaged revision was put aside", [(.revision, "\(number)"), (.error, reason)])
                notices.append(Fault(.revisionDamaged, ["revision": "\(number)", "reason": reason]))
                try revisions.putAside(number)
                return nil
            }
        }
    }
}
