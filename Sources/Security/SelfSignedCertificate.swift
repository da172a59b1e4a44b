// The certificate a gateway makes for itself at its first start, so that HTTPS works before anybody has
// bought one (decision D10). EC P-256, signed with SHA-256, for the names and addresses given.

import COpenSSL
package import Seams
package import Timekeeping

/// A certificate and its private key, both PEM.
package struct SelfSignedCertificate: Sendable {
    /// Certificate, PEM.
    package let certificate: String
    /// Private key, PEM (PKCS #8, not enciphered): the file must be readable by the gateway only.
    package let key: String

    /// Makes a key and a certificate for `names` (host names) and `addresses` (IP), valid for `years` from
    /// `now`. Throws `SecurityError`.
    package init(
        commonName: String, names: [String], addresses: [String], now: WallTime, years: Int = 20,
        entropy: any Entropy
    ) throws {
        let attempt = "making a certificate"
        let pair = try SelfSignedCertificate.makeKey()
        defer { EVP_PKEY_free(pair) }
        guard let certificate = X509_new() else { throw SecurityError(attempt) }
        defer { X509_free(certificate) }
        try SelfSignedCertificate.setSerial(of: certificate, to: entropy.octets(16))
        // A day earlier: the client's clock may be behind ours.
        let seconds = Int(now.unixSeconds)
        guard X509_set_version(certificate, 2) == 1,
            ASN1_TIME_set(X509_getm_notBefore(certificate), seconds - 86_400) != nil,
            ASN1_TIME_set(X509_getm_notAfter(certificate), seconds + years * 365 * 86_400) != nil,
            X509_set_pubkey(certificate, pair) == 1, let subject = X509_get_subject_name(certificate),
            X509_NAME_add_entry_by_txt(
                subject, "CN", SelfSignedCertificate.utf8StringType, Array(commonName.utf8), -1, -1, 0) == 1,
            X509_set_issuer_name(certificate, subject) == 1
        else { throw SecurityError(attempt) }
        let alternatives = (names.map { "DNS:" + $0 } + addresses.map { "IP:" + $0 }).joined(separator: ",")
        try SelfSignedCertificate.add(NID_basic_constraints, "critical,CA:FALSE", to: certificate)
        try SelfSignedCertificate.add(NID_ext_key_usage, "serverAuth", to: certificate)
        if !alternatives.isEmpty {
            try SelfSignedCertificate.add(NID_subject_alt_name, alternatives, to: certificate)
        }
        guard X509_sign(certificate, pair, EVP_sha256()) > 0 else { throw SecurityError(attempt) }
        self.certificate = try SelfSignedCertificate.text { PEM_write_bio_X509($0, certificate) }
        self.key = try SelfSignedCertificate.text {
            PEM_write_bio_PrivateKey($0, pair, nil, nil, 0, nil, nil)
        }
    }

    /// MBSTRING_UTF8 of openssl/asn1.h, which is an expression macro there.
    private static let utf8StringType: Int32 = 0x1000

    private static func makeKey() throws -> OpaquePointer {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, "EC", nil) else {
            throw SecurityError("making a key")
        }
        defer { EVP_PKEY_CTX_free(context) }
        var pair: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1,
            EVP_PKEY_CTX_set_group_name(context, "P-256") == 1, EVP_PKEY_generate(context, &pair) == 1,
            let pair
        else { throw SecurityError("making a key") }
        return pair
    }

    private static func setSerial(of certificate: OpaquePointer, to octets: [UInt8]) throws {
        // The highest bit is cleared: a serial number is positive (RFC 5280, 4.1.2.2).
        var positive = octets
        positive[0] &= 0x7F
        guard let number = BN_bin2bn(positive, Int32(positive.count), nil) else {
            throw SecurityError("numbering a certificate")
        }
        defer { BN_free(number) }
        guard BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil else {
            throw SecurityError("numbering a certificate")
        }
    }

    private static func add(_ nid: Int32, _ value: String, to certificate: OpaquePointer) throws {
        guard let extensionValue = X509V3_EXT_conf_nid(nil, nil, nid, value) else {
            throw SecurityError("extending a certificate")
        }
        defer { X509_EXTENSION_free(extensionValue) }
        guard X509_add_ext(certificate, extensionValue, -1) == 1 else {
            throw SecurityError("extending a certificate")
        }
    }

    private static func text(_ write: (OpaquePointer) -> Int32) throws -> String {
        guard let sink = BIO_new(BIO_s_mem()) else { throw SecurityError("writing PEM") }
        defer { BIO_free(sink) }
        guard write(sink) == 1 else { throw SecurityError("writing PEM") }
        var octets = [UInt8](repeating: 0, count: BIO_ctrl_pending(sink))
        let count = BIO_read(sink, &octets, Int32(octets.count))
        return String(decoding: octets.prefix(Int(max(count, 0))), as: UTF8.self)
    }
}
