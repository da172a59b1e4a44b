// SQL texts that are asked for all the time. A connection finds the statement of such a text by the object it
// is, instead of reading through some hundred letters each time.

/// One statement's text, made once; `Connection.statement` keeps what it was prepared to.
package final class SQLText: Sendable, CustomStringConvertible {
    /// The SQL.
    package let description: String

    /// A text of one statement.
    package init(_ text: String) { description = text }
}
