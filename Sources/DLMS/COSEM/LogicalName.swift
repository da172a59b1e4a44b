// The names of COSEM objects, attributes and methods (IEC 62056-5-3, Cosem-Attribute-Descriptor): the words
// in which clients ask and servers look up.

package import Octets

/// A logical name: the six octets A…F of an OBIS code.
package struct LogicalName: Sendable, Hashable {
    /// Octets A…F in the low 48 bits, A most significant.
    package let packed: UInt64

    /// A name from its six value groups.
    package init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, _ e: UInt8, _ f: UInt8 = 255) {
        packed =
            UInt64(a) << 40 | UInt64(b) << 32 | UInt64(c) << 24 | UInt64(d) << 16 | UInt64(e) << 8 | UInt64(f)
    }

    /// A name from the low 48 bits of a word, A most significant.
    package init(packed: UInt64) { self.packed = packed & 0xFFFF_FFFF_FFFF }

    /// A name from exactly six octets; nil for any other count.
    package init?(octets: some Collection<UInt8>) {
        guard octets.count == 6 else { return nil }
        packed = octets.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The six octets A…F.
    package var octets: [UInt8] { (0..<6).map { UInt8(truncatingIfNeeded: packed >> (40 - 8 * $0)) } }

    /// The association in which the request comes: 0.0.40.0.0.255.
    package static let currentAssociation = LogicalName(0, 0, 40, 0, 0)

    /// Reads six octets. Throws `truncated`.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        packed = try reader.word(octets: 6, "logical name")
    }

    /// Writes six octets.
    package func encode(into writer: inout OctetWriter) { writer.big(packed, octets: 6) }
}

extension LogicalName: CustomStringConvertible {
    /// `1.0.1.8.0.255`
    package var description: String { octets.map(String.init).joined(separator: ".") }
}

/// One object of a logical device: interface class and logical name.
package struct ObjectKey: Sendable, Hashable {
    /// Interface class, such as 3 for Register.
    package var classID: UInt16
    /// Logical name.
    package var logicalName: LogicalName

    /// A key.
    package init(classID: UInt16, logicalName: LogicalName) {
        self.classID = classID
        self.logicalName = logicalName
    }

    /// Hashes class and name as the one word that they fill: a meter looks up its objects by them.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(UInt64(classID) << 48 | logicalName.packed)
    }

    init(from reader: inout OctetReader) throws(DecodingError) {
        classID = try reader.big(UInt16.self, "class id")
        logicalName = try LogicalName(from: &reader)
    }

    func encode(into writer: inout OctetWriter) {
        writer.big(UInt64(classID) << 48 | logicalName.packed, octets: 8)
    }
}

/// One attribute of an object: nine octets.
package struct AttributeDescriptor: Sendable, Hashable {
    /// The object.
    package var object: ObjectKey
    /// Attribute index; 1 is the logical name, 0 is "all" and not served.
    package var attribute: Int8

    /// A descriptor.
    package init(classID: UInt16, logicalName: LogicalName, attribute: Int8) {
        self.object = ObjectKey(classID: classID, logicalName: logicalName)
        self.attribute = attribute
    }

    /// Reads nine octets. Throws `truncated`.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        object = try ObjectKey(from: &reader)
        attribute = try reader.big(Int8.self, "attribute id")
    }

    /// Writes nine octets.
    package func encode(into writer: inout OctetWriter) {
        object.encode(into: &writer)
        writer.octet(UInt8(bitPattern: attribute))
    }
}

/// One method of an object: nine octets.
package struct MethodDescriptor: Sendable, Hashable {
    /// The object.
    package var object: ObjectKey
    /// Method index, from 1.
    package var method: Int8

    /// A descriptor.
    package init(classID: UInt16, logicalName: LogicalName, method: Int8) {
        self.object = ObjectKey(classID: classID, logicalName: logicalName)
        self.method = method
    }

    /// Reads nine octets. Throws `truncated`.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        object = try ObjectKey(from: &reader)
        method = try reader.big(Int8.self, "method id")
    }

    /// Writes nine octets.
    package func encode(into writer: inout OctetWriter) {
        object.encode(into: &writer)
        writer.octet(UInt8(bitPattern: method))
    }
}
