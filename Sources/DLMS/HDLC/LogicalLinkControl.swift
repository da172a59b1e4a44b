// The three LLC octets in front of every APDU (IEC 62056-46, 5): only the first segment carries them.

/// The LLC header of HDLC-carried APDUs.
package enum LogicalLinkControl {
    /// Towards the server.
    package static let request: [UInt8] = [0xE6, 0xE6, 0x00]
    /// From the server.
    package static let response: [UInt8] = [0xE6, 0xE7, 0x00]

    /// The APDU behind a header of either direction; nil when there is no header.
    package static func apdu(in information: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard information.count >= 3 else { return nil }
        let start = information.startIndex
        guard information[start] == 0xE6, information[start + 1] & 0xFE == 0xE6, information[start + 2] == 0
        else { return nil }
        return information[(start + 3)...]
    }

    /// The APDU behind a header towards the server; nil when there is none.
    static func request(in information: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let apdu = apdu(in: information), information[information.startIndex + 1] == 0xE6 else {
            return nil
        }
        return apdu
    }
}
