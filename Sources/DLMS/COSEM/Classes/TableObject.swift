// Objects that are nothing but the values of their attributes: classes whose doing, if any, is their owner's.
// A class is three numbers (`InterfaceClasses.swift`); the values come from the directory, which also takes
// back what was set or invoked.

/// The numbers of an interface class.
package protocol InterfaceClass: Sendable {
    /// Interface class.
    static var classID: UInt16 { get }
    /// Its version.
    static var version: UInt8 { get }
    /// Attributes, the logical name included.
    static var attributeCount: Int8 { get }
    /// Methods.
    static var methodCount: Int8 { get }
}

extension InterfaceClass {
    /// Version 0, as most classes.
    package static var version: UInt8 { 0 }
    /// No methods.
    package static var methodCount: Int8 { 0 }
}

/// An object of any class made of values, as its owner takes it back.
package protocol TabledObject: InterfaceObject {
    /// Attributes from 2 on.
    var values: [DataValue] { get }
    /// What the method invoked last was given.
    var parameters: DataValue? { get }
}

/// An object of a class, with its values.
package struct TableObject<Class: InterfaceClass>: TabledObject {
    /// The class's.
    package static var classID: UInt16 { Class.classID }
    /// The class's.
    package static var version: UInt8 { Class.version }
    /// The class's.
    package static var attributeCount: Int8 { Class.attributeCount }
    /// The class's.
    package static var methodCount: Int8 { Class.methodCount }

    /// Its name.
    package let logicalName: LogicalName
    /// Attributes from 2 on.
    package private(set) var values: [DataValue]
    /// What the method invoked last was given.
    package private(set) var parameters: DataValue?

    /// An object with values for all its attributes but the name; a programming error otherwise.
    package init(_ logicalName: LogicalName, values: [DataValue]) {
        precondition(values.count == Int(Class.attributeCount) - 1, "a value for each attribute")
        self.logicalName = logicalName
        self.values = values
    }

    /// Reads an attribute.
    package func attribute(_ index: Int8, selection: AccessSelection?) -> AttributeAnswer {
        guard selection == nil else { return .failure(.typeUnmatched) }
        let place = Int(index) - 2
        return values.indices.contains(place) ? .value(values[place]) : .failure(.objectUndefined)
    }

    /// Sets an attribute to a value built like the one it has.
    package mutating func setAttribute(_ index: Int8, to value: DataValue) -> DataAccessResult {
        let place = Int(index) - 2
        guard values.indices.contains(place) else { return .readWriteDenied }
        guard value.isBuiltLike(values[place]) else { return .typeUnmatched }
        values[place] = value
        return .success
    }

    /// Leaves a method to the owner.
    package mutating func invoke(_ index: Int8, with parameters: DataValue?) -> ActionOutcome {
        guard (1...max(1, Class.methodCount)).contains(index), Class.methodCount > 0 else {
            return ActionOutcome(.readWriteDenied)
        }
        self.parameters = parameters
        return ActionOutcome(.success)
    }
}

extension DataValue {
    /// Most elements of an array, and most octets of a string, that a setting may have.
    private static let maximumSetting = 256

    /// Whether the value may stand where `other` does: the same types, structures of as many parts. Arrays
    /// may be of other lengths; what the elements of an empty one are like is open.
    package func isBuiltLike(_ other: DataValue) -> Bool {
        switch (self, other) {
        case (.array(let mine), .array(let theirs)):
            guard mine.count <= Self.maximumSetting else { return false }
            guard let first = theirs.first else { return true }
            return mine.allSatisfy { $0.isBuiltLike(first) }
        case (.structure(let mine), .structure(let theirs)):
            return mine.count == theirs.count && zip(mine, theirs).allSatisfy { $0.isBuiltLike($1) }
        case (.octetString(let mine), .octetString): return mine.count <= Self.maximumSetting
        default: return tag == other.tag
        }
    }
}
