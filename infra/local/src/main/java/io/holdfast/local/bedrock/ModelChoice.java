package io.holdfast.local.bedrock;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.URISyntaxException;

/** Which model answers, as {@code HOLDFAST_MODEL} names it. */
public sealed interface ModelChoice {

    /** {@code script}: the scripted model, see {@link ScriptModel}. */
    record Script() implements ModelChoice {}

    /** {@code bedrock}: the real service; no stand-in runs. */
    record Bedrock() implements ModelChoice {}

    /**
     * {@code openai:URL} or {@code openai:URL#model}: an OpenAI-compatible server, see {@link
     * OpenAiModel}.
     *
     * @param baseUrl the URL before {@code /chat/completions}, without a slash at its end
     * @param model the model to ask for; absent: the one that the request names
     */
    record OpenAi(URI baseUrl, @Nullable String model) implements ModelChoice {}

    /**
     * Reads a value of {@code HOLDFAST_MODEL}; absent or blank means the scripted model.
     *
     * @throws IllegalArgumentException for anything else, in one sentence for a person
     */
    static ModelChoice parse(@Nullable String value) {
        String choice = value == null ? "" : value.strip();
        if (choice.isEmpty() || choice.equals("script")) {
            return new Script();
        }
        if (choice.equals("bedrock")) {
            return new Bedrock();
        }
        if (choice.startsWith("openai:")) {
            return openAi(choice);
        }
        throw refused(choice);
    }

    private static OpenAi openAi(String choice) {
        String rest = choice.substring("openai:".length());
        int hash = rest.indexOf('#');
        String model = hash < 0 ? "" : rest.substring(hash + 1).strip();
        String url = (hash < 0 ? rest : rest.substring(0, hash)).replaceFirst("/+$", "");
        try {
            URI baseUrl = new URI(url);
            boolean http =
                    "http".equals(baseUrl.getScheme()) || "https".equals(baseUrl.getScheme());
            if (!http
                    || baseUrl.getHost() == null
                    || baseUrl.getQuery() != null
                    || (hash >= 0 && model.isEmpty())) {
                throw refused(choice);
            }
            return new OpenAi(baseUrl, model.isEmpty() ? null : model);
        } catch (URISyntaxException e) {
            throw refused(choice);
        }
    }

    private static IllegalArgumentException refused(String choice) {
        return new IllegalArgumentException(
                "HOLDFAST_MODEL must be script, bedrock or openai:http://HOST/v1[#MODEL], not '"
                        + choice
                        + "'.");
    }
}
