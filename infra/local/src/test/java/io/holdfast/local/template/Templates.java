package io.holdfast.local.template;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;

/** Reads the templates of tests. */
final class Templates {
    static final Addresses HERE =
            new Addresses(
                    URI.create("http://127.0.0.1:8080"),
                    URI.create("http://127.0.0.1:9324"),
                    "127.0.0.1",
                    6380);

    private Templates() {}

    static Model model(String text, Map<String, String> parameters) {
        return Template.parse("template.yaml", text, Path.of("."), parameters, Map.of())
                .model(HERE);
    }

    static Model model(String text) {
        return model(text, Map.of());
    }

    /**
     * What a function's variable is worth.
     *
     * @param head what stands before the resources
     * @param resources more of them, indented by two
     */
    static String value(String head, String expression, String resources) {
        String text =
                """
                %s
                Resources:
                  Probe:
                    Type: AWS::Serverless::Function
                    Properties:
                      Handler: sample.Probe
                      Environment:
                        Variables:
                          V: %s
                %s
                """
                        .formatted(head, expression, resources);
        return model(text)
                .all(Resource.Function.class)
                .getFirst()
                .environment()
                .getOrDefault("V", "<absent>");
    }
}
