// The ACSE APDUs as named fields, passwords and challenges masked.

import Octets

extension AARQ {
    var fields: FieldTree {
        named(
            "aarq",
            associationParts(context, titles, mechanism, isAuthenticated: authenticationValue != nil)
                + information(userInformation))
    }
}

extension AARE {
    var fields: FieldTree {
        let source =
            switch diagnostic {
            case .serviceUser(let code): ("acse-service-user", code)
            case .serviceProvider(let code): ("acse-service-provider", code)
            }
        let answer = [
            Field(
                "result",
                .fields([Field("code", .number(result.rawValue)), Field("name", .text(result.name))])),
            Field(
                "diagnostic",
                .fields([
                    Field("source", .text(source.0)), Field("code", .number(source.1)),
                    Field("name", .text(diagnostic.text)),
                ])),
        ]
        let parts = associationParts(context, titles, mechanism, isAuthenticated: authenticationValue != nil)
        return named("aare", parts + answer + information(userInformation))
    }
}

extension Release {
    var fields: FieldTree {
        named(
            kind == .request ? "rlrq" : "rlre",
            [Field("reason", reason.map { .number($0) } ?? .none)] + information(userInformation))
    }
}

extension InitiateRequest {
    var parts: [Field] {
        let key = dedicatedKey == nil ? [] : [Field("dedicatedKey", .masked)]
        return key + [
            Field("responseAllowed", .flag(responseAllowed)), Field("version", .number(version)),
            conformance.part, Field("maximumPDU", .number(maximumPDU)),
        ]
    }
}

extension InitiateResponse {
    var parts: [Field] {
        [
            Field("version", .number(version)), conformance.part, Field("maximumPDU", .number(maximumPDU)),
            Field("vaaName", .number(vaaName)),
        ]
    }
}

extension ConfirmedServiceError {
    var parts: [Field] {
        [
            Field("service", .number(service)), Field("errorClass", .number(errorClass)),
            Field("value", .number(value)),
        ]
    }
}

extension Conformance {
    fileprivate var part: Field {
        let octets = [16, 8, 0].map { UInt8(truncatingIfNeeded: rawValue >> UInt32($0)) }
        return Field(
            "conformance",
            .fields([
                Field("bits", .text(octets.hex)), Field("services", .list(memberNames.map { .text($0) })),
            ]))
    }
}

extension AssociationResult {
    fileprivate var name: String {
        switch self {
        case .accepted: "accepted"
        case .rejectedPermanent: "rejected-permanent"
        case .rejectedTransient: "rejected-transient"
        default: "code \(rawValue)"
        }
    }
}

private func associationParts(
    _ context: ApplicationContext, _ titles: [ACSETitle], _ mechanism: AuthenticationMechanism?,
    isAuthenticated: Bool
) -> [Field] {
    var parts = [Field("context", .number(context.rawValue))]
    if let mechanism { parts.append(Field("mechanism", .number(mechanism.rawValue))) }
    if isAuthenticated { parts.append(Field("authenticationValue", .masked)) }
    let named = titles.map { title in
        FieldTree.fields([
            Field("tag", .text([title.tag].hex)),
            Field("value", .text((title.octetString ?? title.content).hex)),
        ])
    }
    if !named.isEmpty { parts.append(Field("titles", .list(named))) }
    return parts
}

private func information(_ information: UserInformation?) -> [Field] {
    switch information {
    case nil: []
    case .request(let value): [Field("initiateRequest", .fields(value.parts))]
    case .response(let value): [Field("initiateResponse", .fields(value.parts))]
    case .error(let value): [Field("confirmedServiceError", .fields(value.parts))]
    case .opaque(let octets): [Field("ciphered", .text(octets.hex))]
    }
}
