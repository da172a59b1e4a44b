// What the body of a push means (IEC 62056-6-2, class 40): values in the order of the meter's own list of
// objects. The list stands in the body, each value bears its name, or neither: then only who knows the
// meter's list can read it.

/// One attribute told in a push.
package struct PushedValue: Sendable, Hashable {
    /// Class of the object; 0 when only its name was told.
    package var classID: UInt16
    /// Its name.
    package var logicalName: LogicalName
    /// Which attribute; 2, the value, when only the name was told.
    package var attribute: Int8
    /// What it holds.
    package var value: DataValue
    /// Structure of scaler and unit told beside the value; nil when none was.
    package var scaling: DataValue?

    /// A value.
    package init(
        classID: UInt16 = 0, _ logicalName: LogicalName, attribute: Int8 = 2, value: DataValue,
        scaling: DataValue? = nil
    ) {
        self.classID = classID
        self.logicalName = logicalName
        self.attribute = attribute
        self.value = value
        self.scaling = scaling
    }
}

/// The body of a push.
package enum PushBody: Sendable, Hashable {
    /// Values whose objects the body names.
    case named([PushedValue])
    /// Values in the order of a list that only the meter has.
    case bare([DataValue])

    /// Values read of one body; the rest is left out.
    package static let limit = 256

    /// The body of a DataNotification: a list of objects in front (Blue Book, push setup), values each with
    /// its name and perhaps its scaler (Aidon), names and values in turn (Landis+Gyr, Kamstrup), or bare.
    package init(_ value: DataValue) {
        let elements = Array((value.elements ?? [value]).prefix(PushBody.limit))
        self =
            PushBody.listed(elements) ?? PushBody.structured(elements) ?? PushBody.alternating(elements)
            ?? .bare(elements)
    }

    /// The one attribute of an EventNotification.
    package init(_ event: EventNotification) {
        let (object, attribute) = (event.attribute.object, event.attribute.attribute)
        self = .named([
            PushedValue(
                classID: object.classID, object.logicalName, attribute: attribute, value: event.value)
        ])
    }

    /// The values, bare ones by the meter's list; nil when they are bare and the list has another length.
    package func values(by list: [CaptureObject]?) -> [PushedValue]? {
        switch self {
        case .named(let values): return values
        case .bare(let elements):
            guard let list, list.count == elements.count else { return nil }
            return PushBody.pair(list, elements)
        }
    }

    /// The elements of a list of objects; nil when one is none. Newer setups have more than four parts.
    package static func objects(_ value: DataValue) -> [CaptureObject]? {
        guard let elements = value.elements, !elements.isEmpty, elements.count <= limit else { return nil }
        var objects: [CaptureObject] = []
        for element in elements {
            guard let parts = element.elements, parts.count >= 4,
                let object = CaptureObject(.structure(Array(parts.prefix(4))))
            else { return nil }
            objects.append(object)
        }
        return objects
    }

    private static func pair(_ list: [CaptureObject], _ elements: [DataValue]) -> [PushedValue] {
        zip(list, elements).map { object, value in
            PushedValue(
                classID: object.attribute.object.classID, object.attribute.object.logicalName,
                attribute: object.attribute.attribute, value: value)
        }
    }

    /// The list of objects is the first element, and stands in itself or does not.
    private static func listed(_ elements: [DataValue]) -> PushBody? {
        guard let first = elements.first, let list = objects(first) else { return nil }
        if list.count == elements.count { return .named(pair(list, elements)) }
        guard list.count == elements.count - 1 else { return nil }
        return .named(pair(list, Array(elements.dropFirst())))
    }

    /// Every element is a structure of name, value and perhaps scaler and unit.
    private static func structured(_ elements: [DataValue]) -> PushBody? {
        var values: [PushedValue] = []
        for element in elements {
            guard case .structure(let parts) = element, (2...3).contains(parts.count),
                let name = name(parts[0])
            else { return nil }
            values.append(
                PushedValue(name, value: parts[1], scaling: parts.count == 3 ? parts[2] : nil))
        }
        return values.isEmpty ? nil : .named(values)
    }

    /// Names and values in turn, behind what has no name. Two names at least: one alone is the name of the
    /// push setup itself, as the standard's own list has it.
    private static func alternating(_ elements: [DataValue]) -> PushBody? {
        var values: [PushedValue] = []
        var place = 0
        while place < elements.count {
            if let name = name(elements[place]), place + 1 < elements.count {
                values.append(PushedValue(name, value: elements[place + 1]))
                place += 2
            } else {
                place += 1
            }
        }
        return values.count > 1 && values.count * 2 >= elements.count - 2 ? .named(values) : nil
    }

    /// A name as bodies have it: six octets, the last of them 255.
    private static func name(_ value: DataValue) -> LogicalName? {
        guard case .octetString(let octets) = value, octets.count == 6, octets[5] == 0xFF else { return nil }
        return LogicalName(octets: octets)
    }
}
