// Files of a simulated world: a tree in memory that can fail at a chosen operation, as a crash or a full disk
// would.

package import Seams

/// A file tree in memory.
package final class VirtualFiles: FileTree, @unchecked Sendable {
    // `@unchecked Sendable`: used on the cranking thread of one world only, as everything in a simulation.
    private enum Node { case file(Box), directory, link(String) }

    /// Contents shared by hard links.
    private final class Box {
        var octets: [UInt8]
        init(_ octets: [UInt8]) { self.octets = octets }
    }

    private var nodes: [String: Node] = [:]
    private var remaining = Int.max

    /// An empty tree, or one with files.
    package init(_ files: [String: String] = [:]) {
        for (path, text) in files { nodes[path] = .file(Box(Array(text.utf8))) }
    }

    /// Lets `count` more changes happen and refuses all later ones.
    package func failAfter(_ count: Int) { remaining = count }

    /// Lets changes happen again.
    package func recover() { remaining = .max }

    /// Overwrites a file behind everybody's back, as a failing disk would.
    package func damage(_ path: String, _ text: String) {
        nodes[resolved(path)] = .file(Box(Array(text.utf8)))
    }

    /// How many names share the contents of a file.
    package func linkCount(_ path: String) -> Int {
        guard case .file(let box) = nodes[resolved(path)] else { return 0 }
        return nodes.values.filter { if case .file(let other) = $0 { other === box } else { false } }.count
    }

    /// The whole contents of a file.
    package func read(_ path: String) throws(FileTreeError) -> [UInt8] {
        guard case .file(let box) = nodes[resolved(path)] else { throw .missing(path) }
        return box.octets
    }

    /// Makes or replaces a file.
    package func write(_ octets: [UInt8], to path: String) throws(FileTreeError) {
        try change("write", path)
        nodes[resolved(path)] = .file(Box(octets))
    }

    /// Makes a directory.
    package func makeDirectory(_ path: String) throws(FileTreeError) {
        try change("make", path)
        nodes[path] = .directory
    }

    /// Names in a directory.
    package func names(in path: String) throws(FileTreeError) -> [String] {
        let prefix = path.isEmpty ? "" : resolved(path) + "/"
        let below = nodes.keys.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
        return Set(below.compactMap { $0.split(separator: "/").first.map(String.init) }).sorted()
    }

    /// Gives a file a second name.
    package func link(_ path: String, to newPath: String) throws(FileTreeError) {
        try change("link", newPath)
        guard let node = nodes[resolved(path)] else { throw .missing(path) }
        nodes[newPath] = node
    }

    /// Renames a file or a directory with all below.
    package func rename(_ path: String, to newPath: String) throws(FileTreeError) {
        try change("rename", path)
        guard nodes[path] != nil || nodes.keys.contains(where: { $0.hasPrefix(path + "/") }) else {
            throw .missing(path)
        }
        for (name, node) in nodes where name == path || name.hasPrefix(path + "/") {
            nodes[name] = nil
            nodes[newPath + name.dropFirst(path.count)] = node
        }
    }

    /// The target of a link.
    package func pointer(_ path: String) throws(FileTreeError) -> String? {
        guard case .link(let target) = nodes[path] else { return nil }
        return target
    }

    /// Makes a link lead to a target.
    package func point(_ path: String, to target: String) throws(FileTreeError) {
        try change("point", path)
        nodes[path] = .link(target)
    }

    /// Removes a node and all below.
    package func remove(_ path: String) throws(FileTreeError) {
        try change("remove", path)
        for name in nodes.keys where name == path || name.hasPrefix(path + "/") { nodes[name] = nil }
    }

    /// Nothing is ever lost here.
    package func synchronize(directory path: String) throws(FileTreeError) {}

    private func change(_ operation: String, _ path: String) throws(FileTreeError) {
        guard remaining > 0 else {
            throw .failed(operation: operation, path: path, reason: "simulated failure")
        }
        if remaining < .max { remaining -= 1 }
    }

    /// Follows a link in the first component, the only place configuration has one.
    private func resolved(_ path: String) -> String {
        guard let first = path.split(separator: "/").first, case .link(let target) = nodes[String(first)]
        else {
            return path
        }
        return target + path.dropFirst(first.count)
    }
}
