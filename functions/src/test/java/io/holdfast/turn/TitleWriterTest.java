package io.holdfast.turn;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullMarked
final class TitleWriterTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "The mill",
                "  \"The mill\"  ",
                "'The mill'",
                "**The mill**",
                "# The mill",
                "«The mill»",
                "“The mill”",
                "The mill\n"
            })
    void takesOffWhatModelsPutAroundIt(String said) {
        assertThat(TitleWriter.title(said)).contains("The mill");
    }

    @Test
    void takesTheFirstLineThatSaysSomething() {
        assertThat(TitleWriter.title("\n \n\"\"\nThe mill\nIt grinds.")).contains("The mill");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "\n\n", "\"\"", "***"})
    void findsNoneWhereNothingIsSaid(String said) {
        assertThat(TitleWriter.title(said)).isEmpty();
    }

    @Test
    void cutsOneThatIsTooLong() {
        assertThat(TitleWriter.title("mill ".repeat(40)))
                .hasValueSatisfying(
                        title -> assertThat(title).hasSizeLessThanOrEqualTo(80).endsWith("…"));
    }
}
