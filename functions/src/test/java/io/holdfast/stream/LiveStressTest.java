package io.holdfast.stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class LiveStressTest {

    @Test
    @Timeout(60)
    void theSlowDelayNoWriter() {
        LiveStress.playWithTheSlow(new InMemoryTurnStream(LiveStress.SETTINGS));
    }

    @Test
    @Timeout(60)
    void everyoneGetsEverythingInOrder() {
        LiveStress.play(new InMemoryTurnStream(LiveStress.SETTINGS));
    }
}
