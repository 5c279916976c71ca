package io.holdfast.turn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.ContextText;
import io.holdfast.platform.Json;
import io.holdfast.platform.Texts;

/**
 * The page that a user looks at when they ask something.
 *
 * @param url 2,000 characters at most, without line breaks; may be empty
 * @param content its text, of which the first 20,000 characters are kept; may be empty
 */
public record PageContext(String url, String content) {
    /** What proxies and browsers take of a URL. */
    private static final int MAX_URL_CHARACTERS = 2_000;

    /** Some five thousand tokens, with every step of the turn. */
    private static final int MAX_CONTENT_CHARACTERS = 20_000;

    /** Cuts the content; the mark that says so is added by {@link #words()}. */
    public PageContext {
        if (!isUrl(url)) {
            throw new IllegalArgumentException("not the URL of a page");
        }
        // One more than is shown, so that what was cut here is still seen to be cut.
        content = Texts.beginning(content, MAX_CONTENT_CHARACTERS + 1);
    }

    private static boolean isUrl(String url) {
        return url.length() <= MAX_URL_CHARACTERS
                && url.chars().noneMatch(character -> Character.isISOControl(character));
    }

    /** What became of reading one. */
    public sealed interface Read {
        /** It can be read. */
        record Valid(PageContext page) implements Read {}

        /** There is none. */
        record None() implements Read {}

        /**
         * It cannot be read.
         *
         * @param reason in words for the client, a sentence without its full stop
         */
        record Invalid(String reason) implements Read {}
    }

    /** Reads {@code {url?, content?}}, of which one must say something; both are texts. */
    public static Read read(JsonNode json) {
        if (json.isMissingNode()) {
            return new Read.None();
        }
        if (!(json instanceof ObjectNode page)
                || (page.has("url") && !page.path("url").isTextual())
                || (page.has("content") && !page.path("content").isTextual())) {
            return new Read.Invalid("context must be an object of texts: url, content");
        }
        String url = page.path("url").asText("").strip();
        String content = page.path("content").asText("").strip();
        if (url.isEmpty() && content.isEmpty()) {
            return new Read.Invalid("context must have a url or a content");
        }
        return isUrl(url)
                ? new Read.Valid(new PageContext(url, content))
                : new Read.Invalid(
                        "context.url must have %,d characters at most, and no line breaks"
                                .formatted(MAX_URL_CHARACTERS));
    }

    /** As it is stored, and read again by {@link #read}. */
    public ObjectNode json() {
        return Json.object().put("url", url).put("content", content);
    }

    /** What the model is told of it: a paragraph for the system prompt. */
    public String words() {
        String text = (url.isEmpty() ? "" : "URL: " + url + "\n\n") + content;
        return ContextText.fromOutside(
                "The page that the user looks at",
                "As it was when they asked.",
                "page",
                text,
                text.length() - content.length() + MAX_CONTENT_CHARACTERS);
    }
}
