// Any APDU as named fields: the decoder view of `gatewayctl decode`. Authentication values and keys are
// masked; the octets they stand on are told by Secrets.swift.

import Octets

extension APDU {
    /// The APDU for the analyser: `{name, …}` with the fields of its kind.
    package var fields: FieldTree {
        switch self {
        case .aarq(let apdu): apdu.fields
        case .aare(let apdu): apdu.fields
        case .release(let apdu): apdu.fields
        case .getRequest(let apdu): apdu.fields
        case .getResponse(let apdu): apdu.fields
        case .setRequest(let apdu): apdu.fields
        case .setResponse(let apdu): apdu.fields
        case .actionRequest(let apdu): apdu.fields
        case .actionResponse(let apdu): apdu.fields
        case .eventNotification(let apdu): apdu.fields
        case .dataNotification(let apdu): apdu.fields
        case .exceptionResponse(let apdu): apdu.fields
        case .confirmedServiceError(let apdu): named("confirmedServiceError").with(apdu.parts)
        case .initiateRequest(let apdu): named("initiateRequest").with(apdu.parts)
        case .initiateResponse(let apdu): named("initiateResponse").with(apdu.parts)
        case .generalBlockTransfer(let apdu): apdu.fields
        case .ciphered(let apdu): apdu.fields
        }
    }
}

typealias Field = FieldTree.Field

func named(_ name: String, _ fields: [Field] = []) -> FieldTree {
    .fields([Field("name", .text(name))] + fields)
}

private func service(_ name: String, _ choice: String, _ invoke: InvokeID, _ fields: [Field]) -> FieldTree {
    named(
        name,
        [
            Field("choice", .text(choice)), Field("invokeId", .number(invoke.number)),
            Field("highPriority", .flag(invoke.isHighPriority)),
            Field("confirmed", .flag(invoke.isConfirmed)),
        ] + fields)
}

extension ObjectKey {
    fileprivate var parts: [Field] {
        [Field("classId", .number(classID)), Field("obis", .text(logicalName.description))]
    }
}

extension AttributeDescriptor {
    fileprivate var parts: [Field] { object.parts + [Field("attribute", .number(attribute))] }
}

extension MethodDescriptor {
    fileprivate var parts: [Field] { object.parts + [Field("method", .number(method))] }
    fileprivate var isSecret: Bool { object.classID == AssociationObject.classID && (1...2).contains(method) }
}

extension AttributeRequest {
    fileprivate var isSecret: Bool {
        attribute.object.classID == AssociationObject.classID && attribute.attribute == 7
    }

    fileprivate var parts: [Field] {
        guard let selection else { return attribute.parts }
        let parameters = [
            Field("selector", .number(selection.selector)), Field("parameters", selection.parameters.fields),
        ]
        return attribute.parts + [Field("selection", .fields(parameters))]
    }
}

extension GetDataResult {
    fileprivate var parts: [Field] {
        switch self {
        case .data(let value): [Field("data", value.fields)]
        case .accessError(let result): [result.part]
        }
    }
}

extension DataAccessResult {
    fileprivate var part: Field { Field("result", tree) }
    fileprivate var tree: FieldTree {
        .fields([Field("code", .number(rawValue)), Field("name", .text(name))])
    }
}

extension DataBlock {
    fileprivate var part: Field {
        Field(
            "block",
            .fields([
                Field("number", .number(number)), Field("last", .flag(isLast)),
                Field("raw", .text(rawData.hex)),
            ]))
    }
}

extension GetRequest {
    fileprivate var fields: FieldTree {
        switch self {
        case .normal(let invoke, let request): service("get-request", "normal", invoke, request.parts)
        case .next(let invoke, let number):
            service("get-request", "next", invoke, [Field("blockNumber", .number(number))])
        case .withList(let invoke, let requests):
            service(
                "get-request", "with-list", invoke,
                [Field("attributes", .list(requests.map { .fields($0.parts) }))])
        }
    }
}

extension GetResponse {
    fileprivate var fields: FieldTree {
        switch self {
        case .normal(let invoke, let result): service("get-response", "normal", invoke, result.parts)
        case .withDataBlock(let invoke, let block):
            service("get-response", "with-datablock", invoke, [block.part])
        case .withList(let invoke, let results):
            service(
                "get-response", "with-list", invoke,
                [Field("results", .list(results.map { .fields($0.parts) }))])
        }
    }
}

extension GetDataBlock {
    fileprivate var part: Field {
        let content =
            switch result {
            case .rawData(let octets): Field("raw", .text(octets.hex))
            case .accessError(let result): result.part
            }
        return Field(
            "block", .fields([Field("number", .number(number)), Field("last", .flag(isLast)), content]))
    }
}

extension SetRequest {
    fileprivate var fields: FieldTree {
        switch self {
        case .normal(let invoke, let request, let value):
            return service(
                "set-request", "normal", invoke,
                request.parts + [Field("data", request.isSecret ? .masked : value.fields)])
        case .withFirstDataBlock(let invoke, let request, let block):
            let piece = request.isSecret ? Field("block", .masked) : block.part
            return service("set-request", "with-first-datablock", invoke, request.parts + [piece])
        case .withDataBlock(let invoke, let block):
            return service("set-request", "with-datablock", invoke, [block.part])
        case .withList(let invoke, let requests, let values):
            let isSecret = requests.contains(where: \.isSecret)
            return service(
                "set-request", "with-list", invoke,
                [
                    Field("attributes", .list(requests.map { .fields($0.parts) })),
                    Field("data", isSecret ? .masked : .list(values.map(\.fields))),
                ])
        case .withListAndFirstDataBlock(let invoke, let requests, let block):
            let isSecret = requests.contains(where: \.isSecret)
            return service(
                "set-request", "with-list-and-first-datablock", invoke,
                [
                    Field("attributes", .list(requests.map { .fields($0.parts) })),
                    isSecret ? Field("block", .masked) : block.part,
                ])
        }
    }
}

extension SetResponse {
    fileprivate var fields: FieldTree {
        switch self {
        case .normal(let invoke, let result): service("set-response", "normal", invoke, [result.part])
        case .dataBlock(let invoke, let number):
            service("set-response", "datablock", invoke, [Field("blockNumber", .number(number))])
        case .lastDataBlock(let invoke, let result, let number):
            service(
                "set-response", "last-datablock", invoke,
                [result.part, Field("blockNumber", .number(number))])
        case .lastDataBlockWithList(let invoke, let results, let number):
            service(
                "set-response", "last-datablock-with-list", invoke,
                [Field("results", .list(results.map(\.tree))), Field("blockNumber", .number(number))])
        case .withList(let invoke, let results):
            service("set-response", "with-list", invoke, [Field("results", .list(results.map(\.tree)))])
        }
    }
}

extension ActionRequest {
    fileprivate var fields: FieldTree {
        switch self {
        case .normal(let invoke, let method, let parameters):
            let shown = parameters.map { method.isSecret ? .masked : $0.fields } ?? FieldTree.none
            return service("action-request", "normal", invoke, method.parts + [Field("parameters", shown)])
        case .nextBlock(let invoke, let number):
            return service("action-request", "next-pblock", invoke, [Field("blockNumber", .number(number))])
        case .withList(let invoke, let methods, let parameters):
            let isSecret = methods.contains(where: \.isSecret)
            return service(
                "action-request", "with-list", invoke,
                [
                    Field("methods", .list(methods.map { .fields($0.parts) })),
                    Field("parameters", isSecret ? .masked : .list(parameters.map(\.fields))),
                ])
        case .withFirstBlock(let invoke, let method, let block):
            let piece = method.isSecret ? Field("block", .masked) : block.part
            return service("action-request", "with-first-pblock", invoke, method.parts + [piece])
        case .withListAndFirstBlock(let invoke, let methods, let block):
            let isSecret = methods.contains(where: \.isSecret)
            return service(
                "action-request", "with-list-and-first-pblock", invoke,
                [
                    Field("methods", .list(methods.map { .fields($0.parts) })),
                    isSecret ? Field("block", .masked) : block.part,
                ])
        case .withBlock(let invoke, let block):
            return service("action-request", "with-pblock", invoke, [block.part])
        }
    }
}

extension ActionOutcome {
    fileprivate var parts: [Field] {
        let code: [Field] = [Field("code", .number(result.rawValue)), Field("name", .text(result.name))]
        let answer = returned.map { [Field("returned", .fields($0.parts))] } ?? []
        return [Field("result", .fields(code))] + answer
    }
}

extension ActionResponse {
    fileprivate var fields: FieldTree {
        switch self {
        case .normal(let invoke, let outcome): service("action-response", "normal", invoke, outcome.parts)
        case .withBlock(let invoke, let block):
            service("action-response", "with-pblock", invoke, [block.part])
        case .withList(let invoke, let outcomes):
            service(
                "action-response", "with-list", invoke,
                [Field("results", .list(outcomes.map { .fields($0.parts) }))])
        case .nextBlock(let invoke, let number):
            service("action-response", "next-pblock", invoke, [Field("blockNumber", .number(number))])
        }
    }
}

extension EventNotification {
    fileprivate var fields: FieldTree {
        let stamp = time.map { DateTimeValue(octets: $0)?.text ?? $0.hex }
        return named(
            "event-notification-request",
            [Field("time", stamp.map(FieldTree.text) ?? .none)] + attribute.parts + [
                Field("data", value.fields)
            ])
    }
}

extension DataNotification {
    fileprivate var fields: FieldTree {
        named(
            "data-notification",
            [
                Field("longInvokeId", .number(longInvokeID)),
                Field("dateTime", dateTime.map { .text($0.text) } ?? .none), Field("data", body.fields),
            ])
    }
}

extension ExceptionResponse {
    fileprivate var fields: FieldTree {
        let counter = invocationCounter.map { [Field("invocationCounter", .number($0))] } ?? []
        return named(
            "exception-response",
            [Field("stateError", .number(stateError)), Field("serviceError", .number(serviceError))] + counter
        )
    }
}

extension GeneralBlockTransfer {
    fileprivate var fields: FieldTree {
        named(
            "general-block-transfer",
            [
                Field("last", .flag(isLast)), Field("streaming", .flag(control & 0x40 != 0)),
                Field("window", .number(control & 0x3F)), Field("number", .number(number)),
                Field("acknowledged", .number(acknowledged)), Field("raw", .text(data.hex)),
            ])
    }
}

extension CipheredAPDU {
    fileprivate var fields: FieldTree {
        named(
            name,
            [
                Field("systemTitle", systemTitle.map { .text($0.hex) } ?? .none),
                Field("securityControl", securityControl.map { .text([$0].hex) } ?? .none),
                Field("invocationCounter", invocationCounter.map { .number($0) } ?? .none),
                Field("content", .text(content.hex)),
            ])
    }
}
