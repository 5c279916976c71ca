package io.holdfast.turn;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.assistant.Price;
import io.holdfast.model.ModelEvent;
import io.holdfast.platform.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.math.BigDecimal;
import java.util.Optional;

final class LedgerTest {
    private static final Price PRICE = new Price(new BigDecimal("3"), new BigDecimal("15"));
    private static final ModelEvent.Usage USAGE = new ModelEvent.Usage(7, 3);

    @Test
    void countsCallByCall() {
        Ledger one = Ledger.of(USAGE, Optional.of(PRICE));

        assertThat(one).isEqualTo(new Ledger(7, 3, 66_000L));
        assertThat(Ledger.EMPTY.plus(one).plus(one)).isEqualTo(new Ledger(14, 6, 132_000L));
    }

    @Test
    void oneCallWithoutAPriceLeavesTheCostUnknown() {
        Ledger priced = Ledger.of(USAGE, Optional.of(PRICE));
        Ledger unpriced = Ledger.of(USAGE, Optional.empty());

        assertThat(priced.plus(unpriced)).isEqualTo(new Ledger(14, 6, null));
        assertThat(unpriced.plus(priced)).isEqualTo(new Ledger(14, 6, null));
        assertThat(unpriced.plus(priced).cost()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1, 1E-9",
        "12345000, 0.012345",
        "12345678, 0.012345678",
        "1000000000, 1",
        "10000000000, 10",
        "9007199254740993, 9007199.254740993",
    })
    void saysTheCostInDollars(long nanoDollars, String usd) {
        assertThat(new Ledger(0, 0, nanoDollars).cost().map(Json::write))
                .contains("{\"usd\":" + usd + "}");
    }
}
