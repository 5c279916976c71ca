package io.holdfast.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.stream.LongStream;

final class CutsTest {

    @Test
    void cutsEverythingFromAPositionOn() {
        Cuts cuts = Cuts.NONE.from(3, 6);

        assertThat(kept(cuts, 8)).containsExactly(0, 1, 2, 6, 7);
    }

    @Test
    void cuttingAtTheEndChangesNothing() {
        assertThat(Cuts.NONE.from(6, 6)).isEqualTo(Cuts.NONE);
    }

    @Test
    void aSecondEditOfTheSameMessageMakesOneStretch() {
        Cuts cuts = Cuts.NONE.from(2, 4).from(4, 6);

        assertThat(cuts.encode()).isEqualTo("2-6");
    }

    @Test
    void anEarlierCutSwallowsLaterOnes() {
        Cuts cuts = Cuts.NONE.from(4, 6).from(8, 10).from(1, 12);

        assertThat(cuts.encode()).isEqualTo("1-12");
    }

    @Test
    void cutsApartStayApart() {
        Cuts cuts = Cuts.NONE.from(1, 3).from(5, 7);

        assertThat(cuts.encode()).isEqualTo("1-3,5-7");
        assertThat(kept(cuts, 9)).containsExactly(0, 3, 4, 7, 8);
    }

    @Test
    void survivesTheRecord() {
        Cuts cuts = Cuts.NONE.from(1, 3).from(5, 7);

        assertThat(Cuts.decode(cuts.encode())).isEqualTo(cuts);
        assertThat(Cuts.decode(Cuts.NONE.encode())).isEqualTo(Cuts.NONE);
    }

    private static int[] kept(Cuts cuts, long next) {
        return LongStream.range(0, next)
                .filter(position -> !cuts.contain(position))
                .mapToInt(position -> (int) position)
                .toArray();
    }
}
