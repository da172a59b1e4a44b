// The table of routes: method, path, who may, what it does. `www/api/openapi.yaml` documents the same table,
// held by a test.

import Faults

/// What a route does with a request. Throws `Faults` or `Fault`.
typealias RouteAction = @Sendable (WebAdmin, RequestContext) async throws -> Answer

/// One line of the table.
struct Route: Sendable {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    let method: String
    /// Path; `{name}` stands for one part.
    let path: String
    /// What the session must be allowed; nil for routes that need none.
    let right: Right?
    let action: RouteAction

    init(_ method: String, _ path: String, _ right: Right?, _ action: @escaping RouteAction) {
        self.method = method
        self.path = path
        self.right = right
        self.action = action
    }
}

/// Finds routes.
struct RouteTable: Sendable {
    let routes: [Route]
    private let exact: [String: [String: Route]]
    private let patterns: [(parts: [Substring], route: Route)]

    init(_ routes: [Route]) {
        self.routes = routes
        var exact: [String: [String: Route]] = [:]
        for route in routes where !route.path.contains("{") {
            exact[route.path, default: [:]][route.method] = route
        }
        self.exact = exact
        patterns = routes.filter { $0.path.contains("{") }.map { ($0.path.split(separator: "/"), $0) }
    }

    /// What a path leads to.
    enum Match {
        case route(Route, parameters: [String])
        /// The path is known, the method is not (501).
        case otherMethod
        case unknown
    }

    func match(method: String, path: String) -> Match {
        if let methods = exact[path] {
            return methods[method].map { .route($0, parameters: []) } ?? .otherMethod
        }
        let parts = path.split(separator: "/")
        var isKnown = false
        for (pattern, route) in patterns where pattern.count == parts.count {
            let pairs = zip(pattern, parts)
            guard pairs.allSatisfy({ $0.hasPrefix("{") || $0 == $1 }) else { continue }
            isKnown = true
            guard route.method == method else { continue }
            return .route(route, parameters: pairs.filter { $0.0.hasPrefix("{") }.map { String($0.1) })
        }
        return isKnown ? .otherMethod : .unknown
    }
}
