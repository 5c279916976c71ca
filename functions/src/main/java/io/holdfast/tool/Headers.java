package io.holdfast.tool;

import io.holdfast.assistant.HeaderValue;

import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Configured headers with their secrets in place, for one call.
 *
 * @param values by name
 * @param secrets what must not be shown
 */
record Headers(Map<String, String> values, List<String> secrets) {
    Headers {
        values = Map.copyOf(values);
        secrets = List.copyOf(secrets);
    }

    static Headers of(Map<String, HeaderValue> configured, Secrets secrets) {
        Map<String, String> values = new TreeMap<>();
        List<String> hidden = new ArrayList<>();
        configured.forEach(
                (name, value) ->
                        values.put(
                                name,
                                switch (value) {
                                    case HeaderValue.Plain(String text) -> text;
                                    case HeaderValue.Secret(String reference, String prefix) -> {
                                        String secret = secrets.resolve(reference);
                                        hidden.add(secret);
                                        yield prefix + secret;
                                    }
                                }));
        return new Headers(values, hidden);
    }

    /** Sets them on a request. */
    void setOn(HttpRequest.Builder request) {
        values.forEach(
                (name, value) -> {
                    try {
                        request.setHeader(name, value);
                    } catch (IllegalArgumentException e) {
                        // Without its cause: that one quotes the value.
                        throw new IllegalStateException(
                                "HTTP does not allow the configured header " + name);
                    }
                });
    }

    /** Takes the secrets out of somebody's words, who may have echoed them. */
    String hide(String words) {
        String result = words;
        for (String secret : secrets) {
            if (!secret.isBlank()) {
                result = result.replace(secret, "[secret]");
            }
        }
        return result;
    }

    /** No values: there are secrets among them. */
    @Override
    public String toString() {
        return "Headers" + values.keySet();
    }
}
