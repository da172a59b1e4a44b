// The first octet of an answer.

/// What became of a request. Codes 4, 7 and 8 are known from a client only; all others from a device as well.
package enum ResultCode: UInt8, Sendable, Hashable, CaseIterable {
    /// The answer follows.
    case good = 0
    /// The server could not.
    case serverError = 1
    /// There is no more.
    case noMoreData = 2
    /// The data base of the concentrator failed.
    case storeFailed = 3
    /// No such meter.
    case unknownMeter = 4
    /// A command the server does not have.
    case unknownCommand = 5
    /// Parameters of another length or with impossible values.
    case badParameters = 6
    /// An interval the meter's profile does not have.
    case badInterval = 7
    /// Nothing is stored for the time asked for.
    case noDataForInterval = 8
    /// The password differs.
    case wrongPassword = 10
    /// The password does not allow this.
    case noRights = 11
    /// The check of the request was wrong.
    case damagedRequest = 60
}
