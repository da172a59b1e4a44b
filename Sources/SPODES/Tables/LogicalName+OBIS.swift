// A COSEM logical name and an OBIS code are the same six octets: the protocol core speaks of names, the
// measuring side of codes.

package import DLMS
package import Metering

extension LogicalName {
    /// The logical name of an OBIS code.
    package init(_ code: OBISCode) { self.init(code.a, code.b, code.c, code.d, code.e, code.f) }
}

extension OBISCode {
    /// The OBIS code of a logical name.
    package init(_ name: LogicalName) {
        let octets = name.octets
        self.init(octets[0], octets[1], octets[2], octets[3], octets[4], octets[5])
    }
}
