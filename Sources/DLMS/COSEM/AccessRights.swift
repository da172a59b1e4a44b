// Access rights of one client to one object, and the object-list element that publishes them (IEC 62056-6-2,
// class 15).

/// What may be done with an attribute.
package enum AttributeAccessMode: UInt8, Sendable, Hashable {
    /// Nothing.
    case none = 0
    /// GET.
    case readOnly = 1
    /// SET.
    case writeOnly = 2
    /// Both.
    case readAndWrite = 3

    /// Whether GET is allowed.
    package var canRead: Bool { self == .readOnly || self == .readAndWrite }
    /// Whether SET is allowed.
    package var canWrite: Bool { self == .writeOnly || self == .readAndWrite }
}

/// The rights of a client to an object.
package struct AccessRights: Sendable, Hashable {
    /// Mode of each attribute by index; absent means no access.
    package var attributes: [Int8: AttributeAccessMode]
    /// Methods that may be invoked.
    package var methods: Set<Int8>
    /// Selectors of the attributes that have them.
    package var selectors: [Int8: [UInt8]]

    /// Rights told one by one.
    package init(
        attributes: [Int8: AttributeAccessMode], methods: Set<Int8> = [], selectors: [Int8: [UInt8]] = [:]
    ) {
        self.attributes = attributes
        self.methods = methods
        self.selectors = selectors
    }

    /// All attributes `1…count` readable, those of `writable` writable too.
    package static func reading(
        _ count: Int8, writable: Set<Int8> = [], methods: Set<Int8> = [], selectors: [Int8: [UInt8]] = [:]
    ) -> AccessRights {
        var attributes: [Int8: AttributeAccessMode] = [:]
        for index in 1...max(1, count) {
            attributes[index] = writable.contains(index) ? .readAndWrite : .readOnly
        }
        return AccessRights(attributes: attributes, methods: methods, selectors: selectors)
    }
}

/// One element of the object list.
package struct ObjectListElement: Sendable, Hashable {
    /// Class and name.
    package var key: ObjectKey
    /// Version of the class.
    package var version: UInt8
    /// What the client may do.
    package var rights: AccessRights

    /// An element.
    package init(key: ObjectKey, version: UInt8, rights: AccessRights) {
        self.key = key
        self.version = version
        self.rights = rights
    }

    /// The structure: class, version, logical name, access rights by attribute and method.
    package var value: DataValue {
        let attributes = rights.attributes.keys.sorted().map { index -> DataValue in
            let selectors = rights.selectors[index].map { list -> DataValue in
                .array(list.map { .integer(Int8(bitPattern: $0)) })
            }
            let mode = rights.attributes[index] ?? .none
            return .structure([.integer(index), .enumerated(mode.rawValue), selectors ?? .nullData])
        }
        let methods = rights.methods.sorted().map { index -> DataValue in
            .structure([.integer(index), .enumerated(1)])
        }
        return .structure([
            .longUnsigned(key.classID), .unsigned(version), .octetString(key.logicalName),
            .structure([.array(attributes), .array(methods)]),
        ])
    }

    /// An element from its structure; nil when it is something else. Rights that make no sense are left out:
    /// lists of meters are known to be incomplete.
    package init?(_ value: DataValue) {
        guard case .structure(let parts) = value, parts.count == 4,
            let classID = parts[0].wholeNumber.flatMap(UInt16.init(exactly:)),
            let version = parts[1].wholeNumber.flatMap(UInt8.init(exactly:)),
            let name = parts[2].logicalName, let access = parts[3].elements, access.count == 2
        else { return nil }
        var rights = AccessRights(attributes: [:])
        for item in access[0].elements ?? [] {
            guard let fields = item.elements, fields.count >= 2,
                let index = fields[0].wholeNumber.flatMap(Int8.init(exactly:)),
                let code = fields[1].wholeNumber.flatMap(UInt8.init(exactly:))
            else { continue }
            rights.attributes[index] = AttributeAccessMode(rawValue: code) ?? AttributeAccessMode.none
            if fields.count > 2, let selectors = fields[2].elements {
                rights.selectors[index] = selectors.compactMap {
                    $0.wholeNumber.flatMap(UInt8.init(exactly:))
                }
            }
        }
        for item in access[1].elements ?? [] {
            guard let fields = item.elements, fields.count == 2, fields[1].wholeNumber ?? 0 != 0,
                let index = fields[0].wholeNumber.flatMap(Int8.init(exactly:))
            else { continue }
            rights.methods.insert(index)
        }
        self.init(key: ObjectKey(classID: classID, logicalName: name), version: version, rights: rights)
    }
}
