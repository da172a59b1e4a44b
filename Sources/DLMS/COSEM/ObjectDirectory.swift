// The objects of a logical device as ApplicationServer sees them. A meter (simulated or real) is a directory:
// it makes the objects with their present values when asked, and takes back the ones a client changed.

/// Why an object comes back to its directory.
package enum ObjectChange: Sendable, Hashable {
    /// An attribute was set.
    case attribute(Int8)
    /// A method was invoked.
    case method(Int8)
}

/// Looks up COSEM objects. One conforming value is one logical device.
package protocol ObjectDirectory {
    /// What `client` may see, in the order of the object list. Elements without any right may be left out.
    func objectList(for client: ClientSAP) -> [ObjectListElement]
    /// The element of one object for `client`; nil when it does not exist for this client (object-undefined).
    func element(_ key: ObjectKey, for client: ClientSAP) -> ObjectListElement?
    /// The object with its present values; nil when there is none.
    func object(_ key: ObjectKey) -> (any InterfaceObject)?
    /// Takes back an object that `change` altered. Any result but success goes to the client as the answer,
    /// and the directory keeps the old object.
    mutating func store(_ object: any InterfaceObject, after change: ObjectChange) -> DataAccessResult
}

extension ObjectDirectory {
    /// Looks the element up in the whole list; directories with an index do better.
    package func element(_ key: ObjectKey, for client: ClientSAP) -> ObjectListElement? {
        objectList(for: client).first { $0.key == key }
    }
}

/// The answer to reading an attribute.
package enum AttributeAnswer: Sendable {
    /// The value.
    case value(DataValue)
    /// An array whose elements are made one by one while they are sent.
    case rows(LazyRows)
    /// The reason why there is no value.
    case failure(DataAccessResult)
}

/// An array that exists one element at a time: 60 days of half-hours need no memory of their own.
package struct LazyRows: Sendable {
    /// Number of elements.
    package var count: Int
    /// Element `index`, 0 ..< `count`; called in ascending order.
    package var row: @Sendable (_ index: Int) -> DataValue

    /// Rows made by `row`.
    package init(count: Int, row: @escaping @Sendable (_ index: Int) -> DataValue) {
        self.count = count
        self.row = row
    }

    /// All of it at once, for short arrays and tests.
    package var value: DataValue { .array((0..<count).map(row)) }
}

/// One COSEM object as a value: attributes are read from it, methods change it.
package protocol InterfaceObject: Sendable {
    /// Interface class, such as 3.
    static var classID: UInt16 { get }
    /// Version of the interface class.
    static var version: UInt8 { get }
    /// Number of attributes of the class, the logical name included.
    static var attributeCount: Int8 { get }
    /// Number of methods of the class.
    static var methodCount: Int8 { get }

    /// Its name.
    var logicalName: LogicalName { get }
    /// Reads attribute `index`, 2…`attributeCount`; the server answers attribute 1 itself.
    func attribute(_ index: Int8, selection: AccessSelection?) -> AttributeAnswer
    /// Sets attribute `index`; returns type-unmatched for a value of another type.
    mutating func setAttribute(_ index: Int8, to value: DataValue) -> DataAccessResult
    /// Invokes method `index`, 1…`methodCount`.
    mutating func invoke(_ index: Int8, with parameters: DataValue?) -> ActionOutcome
}

extension InterfaceObject {
    /// Version 0, as most classes of SPODES.
    package static var version: UInt8 { 0 }
    /// No methods.
    package static var methodCount: Int8 { 0 }
    /// Class and name.
    package var key: ObjectKey { ObjectKey(classID: Self.classID, logicalName: logicalName) }
    /// Nothing can be set.
    package mutating func setAttribute(_ index: Int8, to value: DataValue) -> DataAccessResult {
        .readWriteDenied
    }
    /// Nothing can be invoked.
    package mutating func invoke(_ index: Int8, with parameters: DataValue?) -> ActionOutcome {
        ActionOutcome(.readWriteDenied)
    }
}

/// A directory of plain values kept in memory, for tests and simple devices.
package struct StoredObjects: ObjectDirectory, Sendable {
    private var objects: [ObjectKey: any InterfaceObject] = [:]
    private var order: [ObjectKey] = []
    private var rights: [ObjectKey: [ClientSAP: AccessRights]] = [:]

    /// An empty table.
    package init() {}

    /// Adds or replaces an object. `rights` names the clients that see it and what they may do.
    package mutating func add(_ object: any InterfaceObject, rights: [ClientSAP: AccessRights]) {
        if objects.updateValue(object, forKey: object.key) == nil { order.append(object.key) }
        self.rights[object.key] = rights
    }

    /// What `client` may see, in the order added.
    package func objectList(for client: ClientSAP) -> [ObjectListElement] {
        order.compactMap { element($0, for: client) }
    }

    /// The element of one object.
    package func element(_ key: ObjectKey, for client: ClientSAP) -> ObjectListElement? {
        guard let object = objects[key], let rights = rights[key]?[client] else { return nil }
        return ObjectListElement(key: key, version: type(of: object).version, rights: rights)
    }

    /// The object.
    package func object(_ key: ObjectKey) -> (any InterfaceObject)? { objects[key] }

    /// Keeps the changed object.
    package mutating func store(_ object: any InterfaceObject, after change: ObjectChange) -> DataAccessResult
    {
        objects[object.key] = object
        return .success
    }
}
