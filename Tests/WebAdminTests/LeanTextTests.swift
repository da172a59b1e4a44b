// What browsers are sent of the admin's sources.

import Testing

@testable import WebAdmin

@Suite struct LeanTextTests {
    private func lean(_ text: String, _ name: String = "js/page.js") -> String {
        String(decoding: LeanText.of(Array(text.utf8), name: name), as: UTF8.self)
    }

    @Test func commentsAndIndentationAreNotSent() {
        let source = """
            // Opening comment.
            import { h } from './dom.js';

            /**
             * What it does.
             * @param {string} name
             */
            export const f = name => {
              // Why.
              return h('p', {}, name);
            };

            """
        #expect(
            lean(source) == """
                import { h } from './dom.js';
                export const f = name => {
                return h('p', {}, name);
                };

                """)
    }

    @Test func typesOfTheCheckerGoAndWhatTheyCastStays() {
        let source = "  const a = (/** @type {any} */ event) => /** @type {Row} */ (event).id;\n"
        #expect(lean(source) == "const a = (event) => (event).id;\n")
        #expect(lean("/** @type {Row[]} */\nlet rows = [];\n") == "let rows = [];\n")
        #expect(lean("/** @type {A} */ (b).run();\n") == "(b).run();\n")
    }

    @Test func addressesAndPatternsInsideCodeStay() {
        let source = "const a = 'http://b'; // why\nconst c = /^\\/*x/, d = '/*';\n"
        #expect(lean(source) == source)
    }

    @Test func aCommentInAStyleSheetEndsWhereItEnds() {
        #expect(lean("/* one\n two */ .a { b: c }\n", "css/a.css") == ".a { b: c }\n")
    }

    @Test func otherFilesAreSentAsTheyAre() {
        let page = "<p>\n  // text\n</p>\n"
        #expect(lean(page, "index.html") == page)
        #expect(lean("a:\n  b: c\n", "api/openapi.yaml") == "a:\n  b: c\n")
    }
}
