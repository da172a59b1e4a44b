// One side's part in the protection of an association (IEC 62056-5-3, 7.2 and 8.5, suite 0): seals what it
// sends, opens what it hears. Initialisation vector: system title of the sender and its invocation counter;
// additional data: security control and authentication key. Both halves of the application layer use it.

import Octets

/// Keys, titles and counters of one side of one association.
package struct SecurityContext: Sendable {
    /// How an APDU is wrapped.
    package enum Form: Sendable, Hashable {
        /// glo-, under the global key.
        case global
        /// ded-, under the key of this association.
        case dedicated
        /// general-glo-ciphering, with the sender's title.
        case generalGlobal
        /// general-ded-ciphering.
        case generalDedicated

        /// Whether the key of this association is used.
        var isDedicated: Bool { self == .dedicated || self == .generalDedicated }
    }

    /// The global keys.
    package let keys: SecurityKeys
    /// What is done to APDUs sent, and demanded of those heard.
    package var protection: SecurityControl
    /// What a server's answers have at least; a client has no use for it.
    var answering = SecurityControl.none
    /// Our system title, eight octets.
    package let title: [UInt8]
    /// The other side's; nil until it told.
    package internal(set) var peerTitle: [UInt8]?
    /// The key of this association, 16 octets; nil when none was agreed.
    package internal(set) var dedicatedKey: [UInt8]?
    /// Counters we may still use.
    package var counters: InvocationCounters
    /// The newest counter accepted under the global key; nil before the first.
    package internal(set) var heard: UInt32?
    private var heardDedicated: UInt32?
    let cryptography: any Cryptography

    /// A side; nil for a title of another length than eight octets. Throws `suite` for suites this version
    /// does not have.
    package init?(
        suite: SecuritySuite = .aes128, keys: SecurityKeys, title: [UInt8],
        protection: SecurityControl = .authenticatedEncryption,
        counters: InvocationCounters = InvocationCounters(), cryptography: any Cryptography
    ) throws(ProtectionError) {
        guard suite.isSupported else { throw .suite(suite.rawValue) }
        guard title.count == SecurityKeys.titleLength else { return nil }
        self.keys = keys
        self.title = title
        self.protection = protection
        self.counters = counters
        self.cryptography = cryptography
    }

    /// Whether APDUs are protected at all; without it the context serves mechanism 5 alone.
    package var isCiphering: Bool { !protection.isOpen }

    /// Begins a new association with a side whose newest counter was `heard`.
    package mutating func begin(peerTitle: [UInt8]?, dedicatedKey: [UInt8]? = nil, heard: UInt32? = nil) {
        self.peerTitle = peerTitle
        self.dedicatedKey = dedicatedKey
        self.heard = heard
        heardDedicated = nil
    }

    /// SHA-256 by the context's own cryptography.
    package func digest(_ octets: [UInt8]) -> [UInt8] { cryptography.digest(octets, by: .sha256) }

    // MARK: - Sending

    /// An APDU protected. Throws `noCounter` when none is left, `noKey` without a dedicated key.
    package mutating func seal(
        _ plain: [UInt8], as form: Form = .global, _ control: SecurityControl? = nil
    ) throws(ProtectionError) -> [UInt8] {
        let control = control ?? protection
        guard let key = form.isDedicated ? dedicatedKey : keys.encryption else { throw .noKey }
        guard let counter = counters.take() else { throw .noCounter }
        var content = OctetWriter(capacity: plain.count + control.overhead)
        content.octet(control.rawValue)
        content.big(counter)
        let nonce = SecurityContext.nonce(title, counter)
        let text = control.isEncrypted ? plain : []
        let additional = additional(control, plain)
        guard
            let sealed = cryptography.seal(text, key: key, nonce: nonce, authenticating: additional)
        else { throw .malformed }
        content.append(control.isEncrypted ? sealed.ciphertext : plain)
        if control.isAuthenticated { content.append(sealed.tag) }
        return CipheredAPDU(form, plain: plain.first ?? 0, title: title, content: content.octets).octets
    }

    /// The tag over a challenge of mechanism 5: control, counter and tag under the global key.
    func authenticationCode(of challenge: [UInt8], title: [UInt8], counter: UInt32) -> [UInt8]? {
        let control = SecurityControl.authenticated
        let sealed = cryptography.seal(
            [], key: keys.encryption, nonce: SecurityContext.nonce(title, counter),
            authenticating: additional(control, challenge))
        guard let sealed else { return nil }
        var octets = OctetWriter()
        octets.octet(control.rawValue)
        octets.big(counter)
        octets.append(sealed.tag)
        return octets.octets
    }

    // MARK: - Hearing

    /// The APDU inside, and how it was wrapped. Throws when it is not what was agreed; a counter counts only
    /// once its APDU is found authentic.
    package mutating func open(
        _ apdu: CipheredAPDU
    ) throws(ProtectionError) -> (plain: [UInt8], form: Form, control: SecurityControl) {
        guard let form = apdu.form else { throw .form(apdu.tag) }
        guard let control = apdu.securityControl.map(SecurityControl.init), apdu.invocationCounter != nil
        else { throw .malformed }
        guard control.covers(protection), !control.isOpen else { throw .unprotected }
        guard let key = form.isDedicated ? dedicatedKey : keys.encryption else { throw .noKey }
        // A general form may leave the title out once it is known.
        let told = apdu.systemTitle.flatMap { $0.isEmpty ? nil : $0 }
        guard let title = told ?? peerTitle, peerTitle == nil || title == peerTitle else { throw .title }
        let last = form.isDedicated ? heardDedicated : heard
        if let last, let counter = apdu.invocationCounter, counter <= last {
            throw .replayed(counter: counter, last: last)
        }
        let plain = try apdu.opened(
            key: key, authenticationKey: keys.authentication, title: title, cryptography)
        guard apdu.plainTag == nil || apdu.plainTag == plain.first else { throw .malformed }
        if form.isDedicated {
            heardDedicated = apdu.invocationCounter
        } else {
            heard = apdu.invocationCounter
        }
        return (plain, form, control)
    }

    // MARK: - Helpers

    private func additional(_ control: SecurityControl, _ plain: [UInt8]) -> [UInt8] {
        CipheredAPDU.additional(control, authenticationKey: keys.authentication, plain)
    }

    static func nonce(_ title: [UInt8], _ counter: UInt32) -> [UInt8] {
        title + (0..<4).map { UInt8(truncatingIfNeeded: counter >> (24 - 8 * $0)) }
    }
}

extension CipheredAPDU {
    /// An APDU wrapped: a service-specific form where its tag has one, else the general form.
    init(_ form: SecurityContext.Form, plain: UInt8, title: [UInt8], content: [UInt8]) {
        let own = CipheredAPDU.tags[plain]
        switch (form, own) {
        case (.global, let own?): self.init(tag: own.global, content: content)
        case (.dedicated, let own?): self.init(tag: own.dedicated, content: content)
        case (.global, nil), (.generalGlobal, _):
            self.init(tag: 0xDB, systemTitle: title, content: content)
        case (.dedicated, nil), (.generalDedicated, _):
            self.init(tag: 0xDC, systemTitle: title, content: content)
        }
    }

    /// How the APDU is wrapped; nil for the forms that are not opened (general-ciphering, signing, ACCESS).
    package var form: SecurityContext.Form? {
        if tag == 0xDB { return .generalGlobal }
        if tag == 0xDC { return .generalDedicated }
        return CipheredAPDU.plain[tag].map { $0.isDedicated ? .dedicated : .global }
    }

    /// Tag of the APDU inside a service-specific form; nil for the general forms, which hold any.
    package var plainTag: UInt8? { CipheredAPDU.plain[tag]?.tag }

    /// The APDU inside, of suite 0 and under the keys given; nothing is asked of its counter. Throws `suite`,
    /// `form`, `malformed`, or `notAuthentic` for wrong keys.
    package func opened(
        key: [UInt8], authenticationKey: [UInt8], title: [UInt8], _ cryptography: any Cryptography
    ) throws(ProtectionError) -> [UInt8] {
        guard let control = securityControl.map(SecurityControl.init), let counter = invocationCounter else {
            throw .malformed
        }
        guard SecuritySuite(rawValue: control.suiteNumber)?.isSupported == true else {
            throw .suite(control.suiteNumber)
        }
        guard !control.usesBroadcastKey, !control.isCompressed else { throw .form(control.rawValue) }
        guard title.count == SecurityKeys.titleLength else { throw .title }
        guard !control.isOpen else { throw .unprotected }
        var body = content.dropFirst(5)
        var tag: [UInt8]?
        if control.isAuthenticated {
            guard body.count >= 12 else { throw .malformed }
            tag = Array(body.suffix(12))
            body = body.dropLast(12)
        }
        let text = Array(body)
        let additional = CipheredAPDU.additional(control, authenticationKey: authenticationKey, text)
        let opened = cryptography.open(
            control.isEncrypted ? text : [], tag: tag, key: key,
            nonce: SecurityContext.nonce(title, counter), authenticating: additional)
        guard let opened else { throw .notAuthentic }
        let plain = control.isEncrypted ? opened : text
        guard !plain.isEmpty else { throw .malformed }
        return plain
    }

    /// What the tag covers beside the ciphertext; a text that is not enciphered is covered here.
    static func additional(
        _ control: SecurityControl, authenticationKey: [UInt8], _ text: [UInt8]
    ) -> [UInt8] {
        guard control.isAuthenticated else { return [] }
        return [control.rawValue] + authenticationKey + (control.isEncrypted ? [] : text)
    }

    /// The service-specific forms of each plain tag.
    private static let tags: [UInt8: (global: UInt8, dedicated: UInt8)] = [
        0x01: (0x21, 0x41), 0x08: (0x28, 0x48), 0x0E: (0x2E, 0x4E), 0xC0: (0xC8, 0xD0), 0xC1: (0xC9, 0xD1),
        0xC2: (0xCA, 0xD2), 0xC3: (0xCB, 0xD3), 0xC4: (0xCC, 0xD4), 0xC5: (0xCD, 0xD5), 0xC7: (0xCF, 0xD7),
    ]

    private static let plain: [UInt8: (tag: UInt8, isDedicated: Bool)] = {
        var plain: [UInt8: (tag: UInt8, isDedicated: Bool)] = [:]
        for (tag, forms) in tags {
            plain[forms.global] = (tag, false)
            plain[forms.dedicated] = (tag, true)
        }
        return plain
    }()
}
