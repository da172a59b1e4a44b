// The services of ApplicationClient once associated: GET (one, list, blocks), SET (whole, blocks), ACTION.

import Octets

/// A long request being sent by blocks; empty when the request went whole.
struct Outgoing: Sendable {
    /// Octets not yet sent.
    var rest: ArraySlice<UInt8> = []
    /// Number of the block sent last; 0 when the request went whole.
    var number: UInt32 = 0
    /// Most octets of raw data in a block.
    var capacity = 0

    /// The next block. Calling it with nothing left gives an empty last block.
    mutating func next() -> DataBlock {
        let piece = rest.prefix(capacity)
        rest = rest.dropFirst(piece.count)
        number += 1
        return DataBlock(isLast: rest.isEmpty, number: number, rawData: Array(piece))
    }
}

extension ApplicationClient {
    /// The GET of one attribute. Throws `notOffered` when GET or the selection is not in the agreed services.
    package mutating func get(
        _ attribute: AttributeDescriptor, selection: AccessSelection? = nil
    ) throws(ApplicationError) -> [UInt8] {
        try require(selection == nil ? .get : [.get, .selectiveAccess])
        let invoke = nextInvoke()
        let request = AttributeRequest(attribute, selection: selection)
        let octets = try bounded(.getRequest(.normal(invoke, request)))
        state = .getting(Transfer(invoke: invoke), listCount: nil)
        return octets
    }

    /// The GET of several attributes at once. Throws `notOffered` unless multiple references were agreed,
    /// `requestTooLong` when the list must be split.
    package mutating func getList(_ requests: [AttributeRequest]) throws(ApplicationError) -> [UInt8] {
        try require([.get, .multipleReferences])
        guard !requests.isEmpty, requests.count <= DLMSLimit.listCount else {
            throw .misuse("list of attributes")
        }
        let invoke = nextInvoke()
        let octets = try bounded(.getRequest(.withList(invoke, requests)))
        state = .getting(Transfer(invoke: invoke), listCount: requests.count)
        return octets
    }

    /// The SET of one attribute; goes by blocks when it is too long for the server and blocks were agreed.
    package mutating func set(
        _ attribute: AttributeDescriptor, to value: DataValue, selection: AccessSelection? = nil
    ) throws(ApplicationError) -> [UInt8] {
        try require(selection == nil ? .set : [.set, .selectiveAccess])
        let invoke = nextInvoke()
        let request = AttributeRequest(attribute, selection: selection)
        let whole = APDU.setRequest(.normal(invoke, request, value)).encoded
        guard whole.count > limit else {
            let octets = try sealed(whole)
            state = .setting(invoke, Outgoing())
            return octets
        }
        guard negotiated?.conformance.contains(.blockTransferSet) == true else {
            let octets = try bounded(.setRequest(.normal(invoke, request, value)))
            state = .setting(invoke, Outgoing())
            return octets
        }
        let empty = APDU.setRequest(
            .withFirstDataBlock(invoke, request, DataBlock(isLast: false, number: 1, rawData: [])))
        var outgoing = try self.outgoing(value.encoded, header: empty)
        let first = APDU.setRequest(.withFirstDataBlock(invoke, request, outgoing.next()))
        let octets = try sealed(first.encoded)
        state = .setting(invoke, outgoing)
        return octets
    }

    /// The ACTION of one method; parameters go by blocks when too long and blocks were agreed.
    package mutating func action(
        _ method: MethodDescriptor, with parameters: DataValue? = nil
    ) throws(ApplicationError) -> [UInt8] {
        try require(.action)
        let invoke = nextInvoke()
        let whole = APDU.actionRequest(.normal(invoke, method, parameters)).encoded
        guard whole.count > limit else {
            let octets = try sealed(whole)
            state = .acting(Transfer(invoke: invoke), Outgoing())
            return octets
        }
        guard negotiated?.conformance.contains(.blockTransferAction) == true, let parameters else {
            let octets = try bounded(.actionRequest(.normal(invoke, method, parameters)))
            state = .acting(Transfer(invoke: invoke), Outgoing())
            return octets
        }
        let empty = APDU.actionRequest(
            .withFirstBlock(invoke, method, DataBlock(isLast: false, number: 1, rawData: [])))
        var outgoing = try self.outgoing(parameters.encoded, header: empty)
        let first = APDU.actionRequest(.withFirstBlock(invoke, method, outgoing.next()))
        let octets = try sealed(first.encoded)
        state = .acting(Transfer(invoke: invoke), outgoing)
        return octets
    }

    // MARK: - Answers

    mutating func got(_ response: GetResponse, _ transfer: Transfer, listCount: Int?) -> Action {
        switch response {
        case .normal(_, let result):
            guard listCount != nil else { return complete(.get(result)) }
            // A whole list refused with one answer: it says nothing of any one attribute.
            guard case .accessError(let error) = result else {
                return fail(.unexpected("GET response of one for a list"))
            }
            return complete(.listRefused(error))
        case .withList(_, let results):
            guard results.count == listCount else { return fail(.unexpected("length of the GET list")) }
            return complete(.list(results))
        case .withDataBlock(_, let block): return got(block, transfer, listCount: listCount)
        }
    }

    private mutating func got(_ block: GetDataBlock, _ transfer: Transfer, listCount: Int?) -> Action {
        var transfer = transfer
        switch block.result {
        case .accessError(let error):
            return complete(listCount == nil ? .get(.accessError(error)) : .listRefused(error))
        case .rawData(let octets):
            if let error = join(octets, number: block.number, to: &transfer) { return fail(error) }
        }
        guard block.isLast else {
            state = .getting(transfer, listCount: listCount)
            return sending(.getRequest(.next(transfer.invoke, blockNumber: block.number)))
        }
        do throws(DecodingError) {
            guard let listCount else { return complete(.get(.data(try DataValue(octets: transfer.joined)))) }
            var reader = OctetReader(transfer.joined)
            let results = try reader.list(GetDataResult.init(from:))
            try reader.finish("end of GET list")
            guard results.count == listCount else { return fail(.unexpected("length of the GET list")) }
            return complete(.list(results))
        } catch {
            return fail(.undecodable(error))
        }
    }

    mutating func didSet(_ response: SetResponse, _ outgoing: Outgoing) -> Action {
        switch response {
        case .normal(_, let result), .lastDataBlock(_, let result, _): return complete(.set(result))
        case .dataBlock(let invoke, let number):
            var outgoing = outgoing
            guard number == outgoing.number, !outgoing.rest.isEmpty else {
                return fail(.blockOutOfOrder(expected: outgoing.number, received: number))
            }
            // The invoke-id of the answer may have lost its flags; the next block bears ours again.
            let next = APDU.setRequest(.withDataBlock(InvokeID(confirmed: invoke.number), outgoing.next()))
            state = .setting(InvokeID(confirmed: invoke.number), outgoing)
            return sending(next)
        case .lastDataBlockWithList, .withList: return fail(.unexpected("SET response with list"))
        }
    }

    mutating func acted(_ response: ActionResponse, _ transfer: Transfer, _ outgoing: Outgoing) -> Action {
        var transfer = transfer
        var outgoing = outgoing
        switch response {
        case .normal(_, let outcome): return complete(.action(outcome))
        case .withList: return fail(.unexpected("ACTION response with list"))
        case .nextBlock(_, let number):
            guard number == outgoing.number, !outgoing.rest.isEmpty else {
                return fail(.blockOutOfOrder(expected: outgoing.number, received: number))
            }
            let next = APDU.actionRequest(.withBlock(transfer.invoke, outgoing.next()))
            state = .acting(transfer, outgoing)
            return sending(next)
        case .withBlock(_, let block):
            if let error = join(block.rawData, number: block.number, to: &transfer) { return fail(error) }
            guard block.isLast else {
                state = .acting(transfer, outgoing)
                return sending(.actionRequest(.nextBlock(transfer.invoke, blockNumber: block.number)))
            }
            do throws(DecodingError) {
                var reader = OctetReader(transfer.joined)
                let outcome = try ActionOutcome(from: &reader)
                try reader.finish("end of ACTION response")
                return complete(.action(outcome))
            } catch {
                return fail(.undecodable(error))
            }
        }
    }

    // MARK: - Helpers

    private mutating func complete(_ outcome: Outcome) -> Action {
        state = .open
        return .completed(outcome)
    }

    private func join(_ octets: [UInt8], number: UInt32, to transfer: inout Transfer) -> ApplicationError? {
        guard number == transfer.expected else {
            return .blockOutOfOrder(expected: transfer.expected, received: number)
        }
        guard transfer.joined.count + octets.count <= DLMSLimit.joinedPayload, number < UInt32.max else {
            return .tooLong
        }
        transfer.joined += octets
        transfer.expected += 1
        return nil
    }

    private func require(_ services: Conformance) throws(ApplicationError) {
        guard case .open = state, let negotiated else { throw .misuse("service outside an association") }
        let missing = services.subtracting(negotiated.conformance)
        guard missing.isEmpty else { throw .notOffered(missing) }
    }

    /// Octets of the longest APDU the server takes, before it is sealed.
    package var limit: Int {
        let overhead = isCiphering ? security?.protection.overhead ?? 0 : 0
        guard let size = negotiated?.serverMaximumPDU, size > 0 else { return DLMSLimit.apdu - overhead }
        return Int(size) - overhead
    }

    private mutating func bounded(_ apdu: APDU) throws(ApplicationError) -> [UInt8] {
        let octets = apdu.encoded
        guard octets.count > limit else { return try sealed(octets) }
        guard hasGeneralBlocks else { throw .requestTooLong(octets: octets.count, limit: limit) }
        return try carried(try sealed(octets))
    }

    private func outgoing(_ octets: [UInt8], header: APDU) throws(ApplicationError) -> Outgoing {
        // Two octets more for the length of the raw data, of which the empty block has one.
        let capacity = limit - header.encoded.count - 2
        guard capacity > 0 else { throw .requestTooLong(octets: octets.count, limit: limit) }
        return Outgoing(rest: octets[...], capacity: capacity)
    }
}
