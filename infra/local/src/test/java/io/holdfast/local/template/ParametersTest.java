package io.holdfast.local.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.Map;

class ParametersTest {
    private static final String TEMPLATE =
            """
            Parameters:
              Level: {Type: String, Default: INFO, AllowedValues: [INFO, DEBUG]}
              Count: {Type: Number, Default: 5, MinValue: 1, MaxValue: 10}
              Code: {Type: String, Default: ab, AllowedPattern: "[a-z]+", MinLength: 2, MaxLength: 4}
            Resources:
              Probe:
                Type: AWS::Serverless::Function
                Properties:
                  Handler: sample.Probe
                  Environment: {Variables: {LEVEL: !Ref Level}}
            """;

    @ParameterizedTest(name = "{0}={1}: {2}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    Level | LOUD  | is 'LOUD' but must be one of INFO, DEBUG
                    Count | many  | is 'many' but must be a number
                    Count | 0     | is 0 but must be 1 or more
                    Count | 11    | is 11 but must be 10 or less
                    Code  | a1b   | is 'a1b' but must match [a-z]+
                    Code  | a     | is shorter than 2
                    Code  | abcde | is longer than 4
                    Other | x     | is not declared
                    """)
    void areChecked(String name, String value, String sentence) {
        assertThatThrownBy(() -> Templates.model(TEMPLATE, Map.of(name, value)))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("Parameters." + name + ": " + sentence);
    }

    @Test
    void everyFaultHasALineOfItsOwn() {
        assertThatThrownBy(() -> Templates.model(TEMPLATE, Map.of("Level", "LOUD", "Count", "0")))
                .hasMessageMatching("(?s)[^\n]+\n[^\n]+");
    }

    @Test
    void withoutValueOrDefaultAreNamedWithTheirLine() {
        assertThatThrownBy(
                        () ->
                                Templates.model(
                                        """
                                        Parameters:
                                          VpcId:
                                            Type: String
                                        Resources: {}
                                        """))
                .hasMessage(
                        "template.yaml:2: Parameters.VpcId: has no default and was given no value");
    }

    @Test
    void givenWinOverSuggestedAndSuggestedOverDefaults() {
        assertThat(level(Map.of(), Map.of())).isEqualTo("INFO");
        assertThat(level(Map.of(), Map.of("Level", "DEBUG", "Unknown", "x"))).isEqualTo("DEBUG");
        assertThat(level(Map.of("Level", "INFO"), Map.of("Level", "DEBUG"))).isEqualTo("INFO");
    }

    private static String level(Map<String, String> given, Map<String, String> suggested) {
        return Template.parse("template.yaml", TEMPLATE, Path.of("."), given, suggested)
                .model(Templates.HERE)
                .all(Resource.Function.class)
                .getFirst()
                .environment()
                .getOrDefault("LEVEL", "");
    }
}
