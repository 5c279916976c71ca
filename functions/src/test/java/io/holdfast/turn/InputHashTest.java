package io.holdfast.turn;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.platform.Json;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class InputHashTest {

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    {"a":1,"b":2}                  | {"b":2,"a":1}
                    {"a":{"c":[{"e":1,"d":2}]}}    | {"a":{"c":[{"d":2,"e":1}]}}
                    {"a":1}                        | {"a":1.0}
                    {"a":1}                        | {"a":1e0}
                    {"a":100}                      | {"a":1E2}
                    {"a":0}                        | {"a":-0.0}
                    {"a":0.1}                      | {"a":0.1000000000000000055511151231257827}
                    {"a":9007199254740993}         | {"a":9007199254740992}
                    {"a":1e21}                     | {"a":1000000000000000000000}
                    {"a":123456789012345678901234} | {"a":1.2345678901234568e+23}
                    {"a":1e400}                    | {"a":null}
                    {"a":[-1e400]}                 | {"a":[null]}
                    {"a":1e-400}                   | {"a":0}
                    {"a":"\\u00e9"}                 | {"a":"é"}
                    {"𝄞":"\\ud834\\udd1e"}           | {"𝄞":"𝄞"}
                    {"10":1,"9":2}                 | {"9":2,"10":1}
                    """)
    void takesWhatAClientReadsAndWritesBackForTheSame(String shown, String back) {
        assertThat(hash(back)).isEqualTo(hash(shown));
    }

    @ParameterizedTest(name = "{0} is not {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    {"a":1}         | {"a":2}
                    {"a":1}         | {"a":"1"}
                    {"a":[1,2]}     | {"a":[2,1]}
                    {"a":null}      | {}
                    {"a":{}}        | {"a":[]}
                    {"a":true}      | {"a":1}
                    {"a":"é"}  | {"a":"é"}
                    {"a":{"b":1}}   | {"a":{},"b":1}
                    {"a":0.1}       | {"a":0.10000000000000002}
                    """)
    void tellsOtherArguments(String shown, String other) {
        assertThat(hash(other)).isNotEqualTo(hash(shown));
    }

    private static String hash(String json) {
        return InputHash.of(Json.readStored(json));
    }
}
