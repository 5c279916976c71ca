package io.holdfast.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;
import io.holdfast.platform.TurnId;
import io.holdfast.session.SessionEvent.Stand;
import io.holdfast.stream.TurnStatus;

import org.junit.jupiter.api.Test;

import java.util.List;

class SessionEventTest {
    private static final TurnId TURN = new TurnId("turn_0001");
    private static final ObjectNode OPERATION = json("{'operationId':'op-1'}");

    @Test
    void eventsAreWrittenAsTheDocsHaveThem() {
        assertThat(new SessionEvent.TurnStarted(TURN).json())
                .isEqualTo(json("{'type':'turn-started','turnId':'turn_0001'}"));
        assertThat(new SessionEvent.TurnWaiting(TURN).json())
                .isEqualTo(json("{'type':'turn-waiting','turnId':'turn_0001'}"));
        assertThat(new SessionEvent.TurnContinued(TURN).json())
                .isEqualTo(json("{'type':'turn-continued','turnId':'turn_0001'}"));
        assertThat(new SessionEvent.TurnEnded(TURN, TurnStatus.CANCELLED).json())
                .isEqualTo(json("{'type':'turn-ended','turnId':'turn_0001','status':'cancelled'}"));
        assertThat(new SessionEvent.OperationChanged(OPERATION).json())
                .isEqualTo(json("{'type':'operation-changed','operation':{'operationId':'op-1'}}"));
        assertThat(
                        new SessionEvent.Watching(
                                        new Stand(TURN, TurnStatus.RUNNING),
                                        new Stand(TURN, TurnStatus.RUNNING),
                                        List.of(OPERATION))
                                .json())
                .isEqualTo(
                        json(
                                """
                                {'type':'watching',
                                 'activeTurn':{'turnId':'turn_0001','status':'running'},
                                 'latestTurn':{'turnId':'turn_0001','status':'running'},
                                 'operations':[{'operationId':'op-1'}]}
                                """));
        assertThat(new SessionEvent.Watching(null, null, List.of()).json())
                .isEqualTo(json("{'type':'watching','operations':[]}"));
    }

    private static ObjectNode json(String text) {
        return Json.readObject(text.replace('\'', '"')).orElseThrow();
    }
}
