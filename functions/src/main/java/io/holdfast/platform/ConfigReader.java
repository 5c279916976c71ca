package io.holdfast.platform;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a function's environment and names every fault in it at once.
 *
 * <p>Read all values first, then call {@link #check()}: the values are only meaningful if that does
 * not throw.
 */
public final class ConfigReader {
    private final Map<String, String> environment;
    private final List<String> faults = new ArrayList<>();

    /** Reads from this environment; {@link System#getenv()} on Lambda. */
    public ConfigReader(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /** A text that must be there. */
    public String text(String name) {
        return optionalText(name).orElseGet(() -> fault(name + " is missing", ""));
    }

    /** A text that may be absent; an empty one counts as absent. */
    public Optional<String> optionalText(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }

    /** Texts with commas between them; none if it is absent. */
    public List<String> list(String name) {
        return optionalText(name).stream()
                .flatMap(text -> Arrays.stream(text.split(",", -1)))
                .map(String::strip)
                .filter(text -> !text.isEmpty())
                .toList();
    }

    /** {@code true} or {@code false}; the latter if it is absent. */
    public boolean flag(String name) {
        String text = optionalText(name).orElse("false");
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> fault(name + " must be true or false", false);
        };
    }

    /** A whole number from 1 on. */
    public int positive(String name, int defaultValue) {
        Optional<String> text = optionalText(name);
        if (text.isEmpty()) {
            return defaultValue;
        }
        try {
            int value = Integer.parseInt(text.get().strip());
            if (value > 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Falls through: the fault below says the same for both.
        }
        return fault(name + " must be a whole number from 1 on", defaultValue);
    }

    /** An absolute URI that must be there. */
    public URI uri(String name) {
        return parse(name, text(name));
    }

    /** An absolute URI that may be absent. */
    public Optional<URI> optionalUri(String name) {
        return optionalText(name).map(text -> parse(name, text));
    }

    /** Throws {@link ConfigurationException} with every fault found so far, if there is any. */
    public void check() {
        if (!faults.isEmpty()) {
            throw new ConfigurationException(faults);
        }
    }

    private URI parse(String name, String text) {
        try {
            URI uri = new URI(text);
            if (uri.isAbsolute()) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // Falls through: the fault below says the same for both.
        }
        return fault(name + " must be an absolute URL", URI.create("invalid:configuration"));
    }

    private <T> T fault(String fault, T placeholder) {
        faults.add(fault);
        return placeholder;
    }
}
