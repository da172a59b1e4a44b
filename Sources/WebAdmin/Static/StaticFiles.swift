// The pages of the admin, read and compressed once. Pages refer to scripts and styles under a prefix that
// holds the hash of everything; since module imports are relative, the whole tree below it may be kept by
// browsers for good, and a new version is a new prefix (interface design 13).

import Seams

/// One file ready to be sent.
private struct StaticFile: Sendable {
    let type: String
    let octets: [UInt8]
    /// Compressed octets; nil where compression does not pay.
    let gzip: [UInt8]?
    let tag: String
}

/// The files of `www/` in memory.
struct StaticFiles: Sendable {
    /// Path prefix of files that never change, `/v/<hash>/`.
    let prefix: String
    private var files: [String: StaticFile] = [:]

    /// Interface design 14: nothing from elsewhere, nothing inline, no HTML made of text.
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        + "require-trusted-types-for 'script'; trusted-types 'none'"

    init(files tree: any FileTree, compressor: any Compressor) throws(FileTreeError) {
        var found: [(name: String, octets: [UInt8])] = []
        try StaticFiles.collect(tree, below: "", into: &found)
        let hash = StaticFiles.hash(found.flatMap { Array($0.name.utf8) + $0.octets })
        prefix = "/v/\(hash)/"
        for (name, octets) in found {
            guard let type = StaticFiles.type(of: name) else { continue }
            let content = name.hasSuffix(".html") ? versioned(octets) : LeanText.of(octets, name: name)
            let packed = compressor.gzip(content)
            files[name] = StaticFile(
                type: type, octets: content, gzip: packed.count < content.count ? packed : nil,
                tag: "\"\(StaticFiles.hash(content))\"")
        }
    }

    /// The answer to a GET of a path; nil when there is no such file.
    func response(to request: HTTPRequest) -> HTTPResponse? {
        var name = String(request.path.dropFirst())
        let isImmutable = request.path.hasPrefix(prefix)
        if isImmutable { name = String(request.path.dropFirst(prefix.count)) }
        // Pages live outside the prefix: they are what leads to it.
        if isImmutable, name.hasSuffix(".html") { return nil }
        return response(to: request, name: StaticFiles.pages[name] ?? name, isImmutable: isImmutable)
    }

    /// The answer with a file by name.
    func response(to request: HTTPRequest, name: String, isImmutable: Bool = false) -> HTTPResponse? {
        guard let file = files[name] else { return nil }
        var headers = [
            ("Content-Type", file.type), ("X-Content-Type-Options", "nosniff"), ("ETag", file.tag),
            ("Cache-Control", isImmutable ? "public, max-age=31536000, immutable" : "no-cache"),
            ("Vary", name.hasSuffix(".html") ? "Accept-Encoding, Cookie" : "Accept-Encoding"),
        ]
        if name.hasSuffix(".html") {
            headers += [
                ("Content-Security-Policy", StaticFiles.policy), ("Referrer-Policy", "same-origin"),
                ("X-Frame-Options", "DENY"),
            ]
        }
        if request.header("if-none-match") == file.tag { return HTTPResponse(status: 304, headers: headers) }
        if let gzip = file.gzip, request.header("accept-encoding")?.contains("gzip") ?? false {
            headers.append(("Content-Encoding", "gzip"))
            return HTTPResponse(status: 200, headers: headers, body: gzip)
        }
        return HTTPResponse(status: 200, headers: headers, body: file.octets)
    }

    /// Names without extension that old links use (api 1.4).
    private static let pages = [
        "main.html": "index.html", "main": "index.html", "index": "index.html", "login": "login.html",
    ]

    private static func collect(
        _ tree: any FileTree, below folder: String, into found: inout [(name: String, octets: [UInt8])]
    ) throws(FileTreeError) {
        for name in try tree.names(in: folder) {
            let path = folder.isEmpty ? name : folder + "/" + name
            if type(of: name) != nil {
                found.append((path, try tree.read(path)))
            } else if !name.contains(".") {
                try collect(tree, below: path, into: &found)
            }
        }
    }

    /// Puts the prefix before what a page refers to.
    private func versioned(_ html: [UInt8]) -> [UInt8] {
        var text = String(decoding: html, as: UTF8.self)
        for attribute in ["href=\"", "src=\""] {
            for folder in ["css/", "js/", "icon.svg"] {
                text = text.split(separator: attribute + folder, omittingEmptySubsequences: false)
                    .joined(separator: attribute + prefix.dropFirst() + folder)
            }
        }
        return Array(text.utf8)
    }

    /// Types that are served; nil for everything else, which is not.
    private static func type(of name: String) -> String? {
        guard let dot = name.lastIndex(of: ".") else { return nil }
        return switch name[name.index(after: dot)...] {
        case "html": "text/html; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "json": "application/json"
        case "svg": "image/svg+xml"
        case "yaml": "application/yaml; charset=utf-8"
        case "ico": "image/x-icon"
        default: nil
        }
    }

    /// FNV-1a of 64 bits: tells versions apart, nothing more.
    private static func hash(_ octets: [UInt8]) -> String {
        let sum = octets.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return String(sum, radix: 36)
    }
}
