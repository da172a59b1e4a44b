// What meters say unasked (IEC 62056-5-3): EventNotification, DataNotification, and ExceptionResponse, which
// stands in place of an answer.

package import Octets

/// EventNotification: an attribute sent because something happened.
package struct EventNotification: Sendable, Hashable {
    /// The tag of the APDU.
    package static let tag: UInt8 = 0xC2

    /// When; nil when absent. Twelve octets in practice.
    package var time: [UInt8]?
    /// Which attribute.
    package var attribute: AttributeDescriptor
    /// Its value.
    package var value: DataValue

    /// A notification.
    package init(time: [UInt8]? = nil, attribute: AttributeDescriptor, value: DataValue) {
        self.time = time
        self.attribute = attribute
        self.value = value
    }

    /// Reads the APDU. Throws `unsupported` for another tag.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        try reader.expect(EventNotification.tag, "EventNotification")
        if try reader.flag("time") { time = try reader.octetString(limit: 64, "time") }
        attribute = try AttributeDescriptor(from: &reader)
        value = try DataValue(from: &reader)
    }

    /// Writes the APDU.
    package func encode(into writer: inout OctetWriter) {
        writer.octet(EventNotification.tag)
        writer.flag(time != nil)
        if let time { writer.lengthPrefixed(time) }
        attribute.encode(into: &writer)
        value.encode(into: &writer)
    }
}

/// DataNotification: a push message.
package struct DataNotification: Sendable, Hashable {
    /// The tag of the APDU.
    package static let tag: UInt8 = 0x0F

    /// Long-Invoke-Id-And-Priority: identifier in the low 24 bits, flags above.
    package var longInvokeID: UInt32
    /// When; nil when the length is zero.
    package var dateTime: DateTimeValue?
    /// Whether the date-time came under tag 09: Kaifa MA304H3E does so against the standard.
    package var hasTaggedDateTime = false
    /// The message.
    package var body: DataValue

    /// A message.
    package init(longInvokeID: UInt32, dateTime: DateTimeValue? = nil, body: DataValue) {
        self.longInvokeID = longInvokeID
        self.dateTime = dateTime
        self.body = body
    }

    /// Reads the APDU. Throws `unsupported` for another tag, `invalid` for a date-time of a strange length.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        try reader.expect(DataNotification.tag, "DataNotification")
        longInvokeID = try reader.big(UInt32.self, "long-invoke-id")
        let start = reader.position
        var length = try reader.octet("date-time length")
        if length == DataTag.octetString.rawValue {
            hasTaggedDateTime = true
            length = try reader.octet("date-time length")
        }
        switch length {
        case 0: dateTime = nil
        case 12: dateTime = try DateTimeValue(from: &reader)
        default: throw DecodingError(.invalid, at: start, "date-time length")
        }
        body = try DataValue(from: &reader)
    }

    /// Writes the APDU.
    package func encode(into writer: inout OctetWriter) {
        writer.octet(DataNotification.tag)
        writer.big(longInvokeID)
        if hasTaggedDateTime { writer.octet(DataTag.octetString.rawValue) }
        writer.lengthPrefixed(dateTime?.octets ?? [])
        body.encode(into: &writer)
    }
}

/// ExceptionResponse: the server could not treat the request at all.
package struct ExceptionResponse: Sendable, Hashable {
    /// The tag of the APDU.
    package static let tag: UInt8 = 0xD8

    /// 1 service-not-allowed, 2 service-unknown.
    package var stateError: UInt8
    /// 1 operation-not-possible, 2 service-not-supported, 3 other-reason, 4 pdu-too-long, 5
    /// deciphering-error, 6 invocation-counter-error.
    package var serviceError: UInt8
    /// The counter expected, with service error 6.
    package var invocationCounter: UInt32?

    /// An exception.
    package init(stateError: UInt8, serviceError: UInt8, invocationCounter: UInt32? = nil) {
        self.stateError = stateError
        self.serviceError = serviceError
        self.invocationCounter = invocationCounter
    }

    /// No association is open, or it does not allow the service.
    package static let serviceNotAllowed = ExceptionResponse(stateError: 1, serviceError: 1)
    /// The service or its form is not supported.
    package static let serviceNotSupported = ExceptionResponse(stateError: 2, serviceError: 2)
    /// The request could not be read.
    package static let otherReason = ExceptionResponse(stateError: 2, serviceError: 3)

    /// Reads the APDU. Throws `unsupported` for another tag.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        try reader.expect(ExceptionResponse.tag, "ExceptionResponse")
        stateError = try reader.octet("state-error")
        serviceError = try reader.octet("service-error")
        if serviceError == 6 { invocationCounter = try reader.big(UInt32.self, "invocation counter") }
    }

    /// Writes the APDU.
    package func encode(into writer: inout OctetWriter) {
        writer.octets(ExceptionResponse.tag, stateError, serviceError)
        if let invocationCounter { writer.big(invocationCounter) }
    }
}
