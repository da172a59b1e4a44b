// The services of an open association on the server's side: what one request of one client does to the
// directory.

import Octets

/// One request being served. The directory is lent to it call by call: a meter is too large to copy for
/// every request.
struct Service<Directory: ObjectDirectory> {
    let client: ClientSAP
    var association: ServerAssociation
    /// Octets of the longest answer, before it is sealed.
    private let limit: Int
    private let serverTitle: [UInt8]
    /// The newest counter accepted of any client; nil when the server ciphers with nobody.
    private let counter: UInt32?

    init(client: ClientSAP, association: ServerAssociation, server: ApplicationServer) {
        self.client = client
        self.association = association
        let granted = association.granted
        let goesByBlocks = granted.contains(.generalBlockTransfer) && !granted.contains(.blockTransferGet)
        let sealing = association.limit - server.sealingLimit(association)
        // In general blocks an answer may be as long as an APDU can be, its seal included.
        limit = (goesByBlocks ? DLMSLimit.apdu : association.limit) - sealing
        serverTitle = server.systemTitle ?? []
        let ciphers = server.profiles.contains { $0.security != nil }
        counter = ciphers ? server.heardCounters.values.max() ?? 0 : nil
    }

    /// Answers a GET, SET or ACTION.
    mutating func answer(_ request: APDU, _ directory: inout Directory) -> [UInt8] {
        switch request {
        case .getRequest(let request) where association.granted.contains(.get):
            return get(request, directory)
        case .setRequest(let request) where association.granted.contains(.set):
            return set(request, &directory).encoded
        case .actionRequest(let request) where association.granted.contains(.action):
            return act(request, &directory).encoded
        default: return APDU.exceptionResponse(ExceptionResponse(stateError: 1, serviceError: 2)).encoded
        }
    }

    private var unsupported: APDU { .exceptionResponse(.serviceNotSupported) }

    // MARK: - GET

    private mutating func get(_ request: GetRequest, _ directory: Directory) -> [UInt8] {
        switch request {
        case .normal(let invoke, let attribute):
            association.transfer = .none
            let answer = read(attribute, directory)
            switch answer {
            case .failure(let error): return refused(error, invoke)
            case .value(let value):
                // Most answers are one value that fits.
                let whole = APDU.getResponse(.normal(invoke, .data(value))).encoded
                if whole.count <= limit { return whole }
            case .rows: break
            }
            // The value of one attribute has a result octet when whole and none in blocks.
            return send(
                AnswerStream.parts(of: answer), behind: [GetResponse.tag, 1, invoke.octet, 0], invoke)
        case .next(let invoke, let number): return next(invoke, after: number).encoded
        case .withList(let invoke, let attributes):
            association.transfer = .none
            guard association.granted.contains(.multipleReferences) else { return unsupported.encoded }
            var count = OctetWriter()
            count.length(attributes.count)
            var parts = [AnswerStream.Part.octets(count.octets)]
            for attribute in attributes {
                let answer = read(attribute, directory)
                if case .failure(let error) = answer {
                    parts.append(.octets([1, error.rawValue]))
                } else {
                    parts.append(.octets([0]))
                    parts += AnswerStream.parts(of: answer)
                }
            }
            return send(parts, behind: [GetResponse.tag, 3, invoke.octet], invoke)
        }
    }

    private func refused(_ error: DataAccessResult, _ invoke: InvokeID) -> [UInt8] {
        APDU.getResponse(.normal(invoke, .accessError(error))).encoded
    }

    /// Sends whole what fits the client's APDU, else starts sending blocks. `header` belongs to the whole
    /// form only.
    private mutating func send(
        _ parts: [AnswerStream.Part], behind header: [UInt8], _ invoke: InvokeID
    ) -> [UInt8] {
        var stream = AnswerStream(parts, behind: header)
        if stream.fits(in: limit) { return stream.take(limit).octets }
        guard association.granted.contains(.blockTransferGet) else { return refused(.otherReason, invoke) }
        stream.drop(header.count)
        return block(of: stream, number: 1, invoke).encoded
    }

    private mutating func next(_ invoke: InvokeID, after number: UInt32) -> APDU {
        guard case .sending(let stream, let sent) = association.transfer else {
            return aborted(.noLongGetInProgress, number, invoke)
        }
        guard number == sent else {
            association.transfer = .none
            return aborted(.dataBlockNumberInvalid, number, invoke)
        }
        return block(of: stream, number: sent &+ 1, invoke)
    }

    private func aborted(_ error: DataAccessResult, _ number: UInt32, _ invoke: InvokeID) -> APDU {
        .getResponse(
            .withDataBlock(invoke, GetDataBlock(isLast: true, number: number, result: .accessError(error))))
    }

    private mutating func block(of stream: AnswerStream, number: UInt32, _ invoke: InvokeID) -> APDU {
        var stream = stream
        let (octets, isLast) = stream.take(rawCapacity)
        association.transfer = isLast ? .none : .sending(stream, number: number)
        return .getResponse(
            .withDataBlock(invoke, GetDataBlock(isLast: isLast, number: number, result: .rawData(octets))))
    }

    /// Octets of raw data in a GET block of the client's APDU: nine octets go to the header, one to three to
    /// the length.
    private var rawCapacity: Int {
        let room = limit - 9
        if room <= 128 { return room - 1 }
        return room <= 257 ? room - 2 : room - 3
    }

    private func read(_ request: AttributeRequest, _ directory: Directory) -> AttributeAnswer {
        let key = request.attribute.object
        let index = request.attribute.attribute
        guard let rights = element(key, directory)?.rights, let object = object(key, directory) else {
            return .failure(.objectUndefined)
        }
        guard index >= 1, index <= type(of: object).attributeCount else { return .failure(.objectUndefined) }
        guard rights.attributes[index]?.canRead == true else { return .failure(.readWriteDenied) }
        if request.selection != nil, !association.granted.contains(.selectiveAccess) {
            return .failure(.scopeOfAccessViolated)
        }
        if index == 1 { return .value(.octetString(key.logicalName)) }
        return object.attribute(index, selection: request.selection)
    }

    // MARK: - SET

    private mutating func set(_ request: SetRequest, _ directory: inout Directory) -> APDU {
        switch request {
        case .normal(let invoke, let attribute, let value):
            association.transfer = .none
            return .setResponse(.normal(invoke, write(attribute, value, &directory)))
        case .withList(let invoke, let attributes, let values):
            association.transfer = .none
            guard association.granted.contains(.multipleReferences), attributes.count == values.count else {
                return unsupported
            }
            return .setResponse(.withList(invoke, writeAll(attributes, values, &directory)))
        case .withFirstDataBlock(let invoke, let attribute, let block):
            let incoming = ServerAssociation.Incoming()
            return collect(invoke, [attribute], isList: false, incoming, block, &directory)
        case .withListAndFirstDataBlock(let invoke, let attributes, let block):
            guard association.granted.contains(.multipleReferences) else { return unsupported }
            let incoming = ServerAssociation.Incoming()
            return collect(invoke, attributes, isList: true, incoming, block, &directory)
        case .withDataBlock(let invoke, let block):
            guard case .setting(let attributes, let isList, let incoming) = association.transfer else {
                return .setResponse(.lastDataBlock(invoke, .noLongSetInProgress, blockNumber: block.number))
            }
            return collect(invoke, attributes, isList: isList, incoming, block, &directory)
        }
    }

    private mutating func collect(
        _ invoke: InvokeID, _ attributes: [AttributeRequest], isList: Bool,
        _ incoming: ServerAssociation.Incoming, _ block: DataBlock, _ directory: inout Directory
    ) -> APDU {
        association.transfer = .none
        guard association.granted.contains(.blockTransferSet) else { return unsupported }
        var incoming = incoming
        if let error = incoming.join(block) {
            return .setResponse(.lastDataBlock(invoke, error, blockNumber: block.number))
        }
        guard block.isLast else {
            association.transfer = .setting(attributes, isList: isList, incoming)
            return .setResponse(.dataBlock(invoke, blockNumber: block.number))
        }
        guard isList else {
            let value = try? DataValue(octets: incoming.joined)
            let result = value.map { write(attributes[0], $0, &directory) } ?? .typeUnmatched
            return .setResponse(.lastDataBlock(invoke, result, blockNumber: block.number))
        }
        var reader = OctetReader(incoming.joined)
        let values = (try? reader.list(DataValue.init(from:))) ?? []
        let results =
            values.count == attributes.count && reader.isAtEnd
            ? writeAll(attributes, values, &directory) : attributes.map { _ in .typeUnmatched }
        return .setResponse(.lastDataBlockWithList(invoke, results, blockNumber: block.number))
    }

    private func writeAll(
        _ attributes: [AttributeRequest], _ values: [DataValue], _ directory: inout Directory
    ) -> [DataAccessResult] {
        zip(attributes, values).map { write($0, $1, &directory) }
    }

    private func write(
        _ request: AttributeRequest, _ value: DataValue, _ directory: inout Directory
    ) -> DataAccessResult {
        let key = request.attribute.object
        let index = request.attribute.attribute
        guard let rights = element(key, directory)?.rights, var object = object(key, directory) else {
            return .objectUndefined
        }
        guard index >= 1, index <= type(of: object).attributeCount else { return .objectUndefined }
        guard rights.attributes[index]?.canWrite == true, index > 1 else { return .readWriteDenied }
        let result = object.setAttribute(index, to: value)
        guard result == .success else { return result }
        return directory.store(object, after: .attribute(index))
    }

    // MARK: - ACTION

    private mutating func act(_ request: ActionRequest, _ directory: inout Directory) -> APDU {
        switch request {
        case .normal(let invoke, let method, let parameters):
            association.transfer = .none
            return bounded(invoke, self.invoke(method, parameters, &directory))
        case .withList(let invoke, let methods, let parameters):
            association.transfer = .none
            guard association.granted.contains(.multipleReferences), methods.count == parameters.count else {
                return unsupported
            }
            return .actionResponse(
                .withList(invoke, zip(methods, parameters).map { self.invoke($0, $1, &directory) }))
        case .withFirstBlock(let invoke, let method, let block):
            return collect(invoke, method, ServerAssociation.Incoming(), block, &directory)
        case .withBlock(let invoke, let block):
            guard case .acting(let method, let incoming) = association.transfer else {
                return .actionResponse(.normal(invoke, ActionOutcome(.noLongActionInProgress)))
            }
            return collect(invoke, method, incoming, block, &directory)
        case .nextBlock(let invoke, _):
            return .actionResponse(.normal(invoke, ActionOutcome(.noLongActionInProgress)))
        case .withListAndFirstBlock: return unsupported
        }
    }

    private mutating func collect(
        _ invoke: InvokeID, _ method: MethodDescriptor, _ incoming: ServerAssociation.Incoming,
        _ block: DataBlock, _ directory: inout Directory
    ) -> APDU {
        association.transfer = .none
        guard association.granted.contains(.blockTransferAction) else { return unsupported }
        var incoming = incoming
        guard incoming.join(block) == nil else {
            return .actionResponse(.normal(invoke, ActionOutcome(.longActionAborted)))
        }
        guard block.isLast else {
            association.transfer = .acting(method, incoming)
            return .actionResponse(.nextBlock(invoke, blockNumber: block.number))
        }
        guard let parameters = try? DataValue(octets: incoming.joined) else {
            return .actionResponse(.normal(invoke, ActionOutcome(.typeUnmatched)))
        }
        return bounded(invoke, self.invoke(method, parameters, &directory))
    }

    /// No class of a meter returns more than an APDU from a method; should one, its result goes without the
    /// answer.
    private func bounded(_ invoke: InvokeID, _ outcome: ActionOutcome) -> APDU {
        let response = APDU.actionResponse(.normal(invoke, outcome))
        guard response.encoded.count > limit else { return response }
        return .actionResponse(.normal(invoke, ActionOutcome(outcome.result)))
    }

    private func invoke(
        _ method: MethodDescriptor, _ parameters: DataValue?, _ directory: inout Directory
    ) -> ActionOutcome {
        guard let rights = element(method.object, directory)?.rights,
            var object = object(method.object, directory)
        else { return ActionOutcome(.objectUndefined) }
        guard rights.methods.contains(method.method) else { return ActionOutcome(.readWriteDenied) }
        let outcome = object.invoke(method.method, with: parameters)
        guard outcome.result == .success else { return outcome }
        let stored = directory.store(object, after: .method(method.method))
        return stored == .success ? outcome : ActionOutcome(ActionResult(rawValue: stored.rawValue))
    }

    // MARK: - Objects

    private func element(_ key: ObjectKey, _ directory: Directory) -> ObjectListElement? {
        if let element = directory.element(key, for: client) { return element }
        return ownElements.first { $0.key == key }
    }

    /// What the server answers for itself: the association and, where it ciphers, its security setup and the
    /// counter that a client has to go on from.
    private var ownElements: [ObjectListElement] {
        var rights = AccessRights.reading(AssociationObject.attributeCount)
        rights.attributes[7] = AttributeAccessMode.none
        let association = ObjectListElement(
            key: .currentAssociation, version: AssociationObject.version, rights: rights)
        guard counter != nil else { return [association] }
        let counter = ObjectListElement(key: .invocationCounter, version: 0, rights: .reading(2))
        guard self.association.profile.security != nil else { return [association, counter] }
        let setup = ObjectListElement(
            key: .securitySetup, version: SecuritySetupObject.version,
            rights: .reading(SecuritySetupObject.attributeCount))
        return [association, counter, setup]
    }

    private func object(_ key: ObjectKey, _ directory: Directory) -> (any InterfaceObject)? {
        if key != .currentAssociation, let object = directory.object(key) { return object }
        switch key {
        case .currentAssociation:
            let others = ownElements.filter { $0.key != .currentAssociation }
            return AssociationObject(
                objectList: directory.objectList(for: client) + others, client: client,
                context: association.context == nil ? .logicalNames : .logicalNamesCiphered,
                conformance: association.granted, maximumPDU: association.profile.maximumPDU,
                mechanism: association.profile.authentication.mechanism)
        case .invocationCounter:
            return counter.map { DataObject(.invocationCounter, value: .doubleLongUnsigned($0)) }
        case .securitySetup:
            return association.profile.security.map {
                SecuritySetupObject(
                    policy: $0.policy, clientTitle: association.clientTitle, serverTitle: serverTitle)
            }
        default: return nil
        }
    }
}

extension ObjectKey {
    /// The association a request comes in, always answered by the server itself.
    static let currentAssociation = ObjectKey(
        classID: AssociationObject.classID, logicalName: .currentAssociation)

    /// The newest counter the server has accepted.
    static let invocationCounter = ObjectKey(
        classID: DataObject.classID, logicalName: .invocationCounter)

    /// The security setup of a client.
    static let securitySetup = ObjectKey(
        classID: SecuritySetupObject.classID, logicalName: .securitySetup)
}
