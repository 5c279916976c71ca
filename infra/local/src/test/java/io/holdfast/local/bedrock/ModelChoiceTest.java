package io.holdfast.local.bedrock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URI;

class ModelChoiceTest {

    @Test
    void isTheScriptUnlessSaid() {
        assertThat(ModelChoice.parse(null)).isEqualTo(new ModelChoice.Script());
        assertThat(ModelChoice.parse("")).isEqualTo(new ModelChoice.Script());
        assertThat(ModelChoice.parse("script")).isEqualTo(new ModelChoice.Script());
    }

    @Test
    void isTheRealServiceOnDemand() {
        assertThat(ModelChoice.parse("bedrock")).isEqualTo(new ModelChoice.Bedrock());
    }

    @Test
    void isAnOpenAiServerWithOrWithoutAModel() {
        URI url = URI.create("http://localhost:11434/v1");
        assertThat(ModelChoice.parse("openai:http://localhost:11434/v1/"))
                .isEqualTo(new ModelChoice.OpenAi(url, null));
        assertThat(ModelChoice.parse("openai:http://localhost:11434/v1#org/qwen3:8b"))
                .isEqualTo(new ModelChoice.OpenAi(url, "org/qwen3:8b"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpt",
                "Script",
                "openai",
                "openai:",
                "openai:localhost:11434",
                "openai:ftp://host/v1",
                "openai:http://host/v1#",
                "openai:http://ho st/v1"
            })
    void refusesAnythingElseInOneSentence(String value) {
        assertThatThrownBy(() -> ModelChoice.parse(value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "HOLDFAST_MODEL must be script, bedrock or openai:http://HOST/v1[#MODEL],"
                                + " not '%s'.",
                        value);
    }
}
