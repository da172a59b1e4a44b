// Ciphered APDUs opened for people who hold the keys: what `gatewayctl decode --ek --ak` shows below the
// ciphered fields. Titles and dedicated keys are learned from the associations in the same octets.

import Octets

/// Keys of one meter, and what a stream has told of its two sides.
package struct AnalyserKeys: Sendable {
    private let keys: SecurityKeys
    private let cryptography: any Cryptography
    /// The title told from outside, for sides that tell none.
    private let fallback: [UInt8]
    private var titles: [TrafficDirection: [UInt8]] = [:]
    private var dedicatedKey: [UInt8]?

    /// Keys, and the sender's title where the octets do not tell it; empty for none.
    package init(_ keys: SecurityKeys, systemTitle: [UInt8], _ cryptography: any Cryptography) {
        self.keys = keys
        self.cryptography = cryptography
        fallback = systemTitle
    }

    /// What an APDU holds under cipher; nil for an open one.
    mutating func opened(
        _ apdu: APDU, _ direction: TrafficDirection?
    ) -> Result<FieldTree, ProtectionError>? {
        var direction = direction
        let ciphered: CipheredAPDU?
        switch apdu {
        case .ciphered(let apdu): ciphered = apdu
        case .aarq(let request):
            direction = .request
            learn(request.titles, 0xA6, .request)
            ciphered = AnalyserKeys.ciphered(request.userInformation)
        case .aare(let answer):
            direction = .response
            learn(answer.titles, 0xA4, .response)
            ciphered = AnalyserKeys.ciphered(answer.userInformation)
        case .release(let release):
            direction = release.kind == .request ? .request : .response
            ciphered = AnalyserKeys.ciphered(release.userInformation)
        default: ciphered = nil
        }
        guard let ciphered, ciphered.hasSecurityHeader else { return nil }
        do throws(ProtectionError) { return .success(try fields(in: ciphered, direction)) } catch {
            return .failure(error)
        }
    }

    private mutating func fields(
        in ciphered: CipheredAPDU, _ direction: TrafficDirection?
    ) throws(ProtectionError) -> FieldTree {
        let isDedicated = ciphered.form == .dedicated || ciphered.form == .generalDedicated
        guard let key = isDedicated ? dedicatedKey : keys.encryption else { throw .noKey }
        let told = ciphered.systemTitle.flatMap { $0.isEmpty ? nil : $0 }
        let title = told ?? direction.flatMap { titles[$0] } ?? fallback
        let plain = try ciphered.opened(
            key: key, authenticationKey: keys.authentication, title: title, cryptography)
        guard case .success(let apdu) = APDU.read(plain),
            ciphered.plainTag == nil || ciphered.plainTag == plain.first
        else { throw .malformed }
        if case .initiateRequest(let initiate) = apdu, let key = initiate.dedicatedKey { dedicatedKey = key }
        return apdu.fields
    }

    private mutating func learn(_ told: [ACSETitle], _ tag: UInt8, _ direction: TrafficDirection) {
        if let title = told.first(where: { $0.tag == tag })?.octetString { titles[direction] = title }
    }

    private static func ciphered(_ information: UserInformation?) -> CipheredAPDU? {
        guard case .opaque(let octets)? = information, case .success(.ciphered(let apdu)) = APDU.read(octets)
        else { return nil }
        return apdu
    }
}

/// What an analysis remembers from one APDU to the next.
package struct AnalyserMemory: Sendable {
    /// Keys of ciphered APDUs; nil for none.
    package var keys: AnalyserKeys?
    private var blocks: [TrafficDirection?: AnalysedBlocks] = [:]

    /// Nothing but keys.
    package init(keys: AnalyserKeys? = nil) { self.keys = keys }

    /// The APDU that is whole with a block; nil for every other block.
    fileprivate mutating func joined(
        _ block: GeneralBlockTransfer, _ direction: TrafficDirection?
    ) -> [UInt8]? {
        blocks[direction, default: AnalysedBlocks()].take(block)
    }
}

/// Blocks of a general block transfer that went one way. Blocks without data acknowledge the other way's, and
/// a side may count them among its own: the first of an APDU need not be block 1.
private struct AnalysedBlocks: Sendable {
    private var joined: [UInt8] = []
    private var newest: UInt16?

    mutating func take(_ block: GeneralBlockTransfer) -> [UInt8]? {
        guard !block.data.isEmpty else { return nil }
        if let newest {
            // A block sent again is the same block.
            if block.number == newest { return nil }
            if block.number != newest &+ 1 { joined = [] }
        }
        guard joined.count + block.data.count <= DLMSLimit.joinedPayload else { return nil }
        joined += block.data
        newest = block.number
        guard block.isLast else { return nil }
        defer { (joined, newest) = ([], nil) }
        return joined
    }
}

extension AnalysedUnit {
    /// Shows an APDU, what is inside a ciphered one, and what blocks have joined to.
    mutating func show(_ read: APDU, at position: Int, _ memory: inout AnalyserMemory) {
        apdu = read.fields
        if case .generalBlockTransfer(let block) = read {
            guard let whole = memory.joined(block, direction), whole.first != GeneralBlockTransfer.tag
            else { return }
            var inner = AnalysedUnit(
                direction: direction ?? FrameAnalyser.direction(ofAPDU: whole), offset: 0, octets: whole)
            inner.decode(apdu: whole, at: 0, &memory)
            if let tree = inner.apdu { apdu = read.fields.with([Field("joined", tree)]) }
            if let fault = inner.error {
                error = DecodingError(fault.code, at: position, "joined APDU: \(fault.text)")
            }
            return
        }
        switch memory.keys?.opened(read, direction) {
        case nil: break
        case .success(let inner)?: apdu = read.fields.with([Field("deciphered", inner)])
        case .failure(let failure)?: error = DecodingError(.protection, at: position, failure.text)
        }
    }
}
