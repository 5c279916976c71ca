package io.holdfast.tool;

import com.fasterxml.jackson.databind.node.ArrayNode;

import io.holdfast.platform.Json;

import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeVisitor;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What there is to read on an HTML page.
 *
 * @param text its paragraphs, one a line
 * @param links each {@code {text, url}}, absolute, without repetitions
 */
record PageText(String title, String text, ArrayNode links) {
    private static final int MAX_LINKS = 200;

    /** Not meant to be read, or not part of what the page is about. */
    private static final String NOISE =
            "script, style, noscript, template, svg, iframe, nav, footer, aside, form, [hidden],"
                    + " [aria-hidden=true]";

    /** Reads a page's bytes; the charset is the header's, else the page's own. */
    static PageText of(byte[] bytes, HttpResponse<?> response, URI url) throws IOException {
        boolean named =
                response.headers()
                        .firstValue("Content-Type")
                        .filter(type -> type.toLowerCase(Locale.ROOT).contains("charset"))
                        .isPresent();
        Document page =
                Jsoup.parse(
                        new ByteArrayInputStream(bytes),
                        named ? MediaType.of(response.headers()).charset().name() : null,
                        url.toString());
        ArrayNode links = links(page);
        page.select(NOISE).remove();
        Element main = page.selectFirst("main, article");
        Element content = main != null && main.hasText() ? main : page.body();
        return new PageText(page.title(), lines(content), links);
    }

    private static ArrayNode links(Document page) {
        Map<String, String> found = new LinkedHashMap<>();
        for (Element anchor : page.select("a[href]")) {
            String target = anchor.absUrl("href");
            if (found.size() < MAX_LINKS && target.startsWith("http")) {
                found.putIfAbsent(target, anchor.text());
            }
        }
        ArrayNode links = Json.MAPPER.createArrayNode();
        found.forEach(
                (target, text) ->
                        links.addObject().put("text", Words.cut(text, 200)).put("url", target));
        return links;
    }

    private static String lines(Element content) {
        Lines lines = new Lines();
        content.traverse(lines);
        return lines.text.toString().strip();
    }

    /** Blocks begin and end lines, everything within is one. */
    private static final class Lines implements NodeVisitor {
        private final StringBuilder text = new StringBuilder();

        @Override
        public void head(Node node, int depth) {
            if (node instanceof TextNode words) {
                append(words.text());
            } else {
                breakAt(node);
            }
        }

        @Override
        public void tail(Node node, int depth) {
            breakAt(node);
        }

        private void append(String words) {
            boolean atStart =
                    text.isEmpty() || Character.isWhitespace(text.charAt(text.length() - 1));
            text.append(atStart ? words.stripLeading() : words);
        }

        private void breakAt(Node node) {
            boolean breaks =
                    node instanceof Element element && (element.isBlock() || element.nameIs("br"));
            if (breaks && !text.isEmpty() && text.charAt(text.length() - 1) != '\n') {
                if (text.charAt(text.length() - 1) == ' ') {
                    text.setLength(text.length() - 1);
                }
                text.append('\n');
            } else if (node instanceof Element cell && cell.nameIs("td")) {
                append(" ");
            }
        }
    }
}
