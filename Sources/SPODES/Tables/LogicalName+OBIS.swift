// A COSEM logical name and an OBIS code are the same six octets: the protocol core speaks of names, the
// measuring side of codes.

package import DLMS
package import Metering

extension LogicalName {
    /// The logical name of an OBIS code.
    package init(_ code: OBISCode) { self.init(packed: code.packed) }
}

extension OBISCode {
    /// The OBIS code of a logical name.
    package init(_ name: LogicalName) { self.init(packed: name.packed) }
}
