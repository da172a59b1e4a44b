// One shape for everything that can go wrong in front of a person: a code and parameters, end to end
// (decision D15). Russian and English texts are made from these at the edge, by `FaultCatalogue`.

/// A fault that some person or program will be told about.
package struct Fault: Error, Sendable, Hashable {
    /// What happened; the key of the text catalogue.
    package var code: FaultCode
    /// Facts for the text's places, by name (`value`, `allowed`, `meter`, `line`…). Never a secret.
    package var parameters: [String: String]
    /// JSON path of the offending value for faults of input, such as `/Meters/3/addr`; empty elsewhere.
    package var path: String

    /// A fault of `code` with its facts.
    package init(_ code: FaultCode, _ parameters: [String: String] = [:], path: String = "") {
        self.code = code
        self.parameters = parameters
        self.path = path
    }
}

/// Several faults of one input, reported together.
package struct Faults: Error, Sendable, Hashable {
    /// At least one fault.
    package var all: [Fault]

    /// Bundles faults.
    package init(_ all: [Fault]) { self.all = all }
}
