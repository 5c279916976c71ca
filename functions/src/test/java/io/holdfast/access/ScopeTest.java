package io.holdfast.access;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** What routes want of keys. */
@NullMarked
final class ScopeTest {

    @Test
    void aRouteWantsTheFirstWordOfItsPathAndGetReads() {
        assertThat(Scope.ofRoute("GET /sessions")).contains(Scope.SESSIONS_READ);
        assertThat(Scope.ofRoute("GET /sessions/{sessionId}/operations"))
                .contains(Scope.SESSIONS_READ);
        assertThat(Scope.ofRoute("POST /sessions/{sessionId}/messages"))
                .contains(Scope.SESSIONS_WRITE);
        assertThat(Scope.ofRoute("PATCH /sessions/{sessionId}")).contains(Scope.SESSIONS_WRITE);
        assertThat(Scope.ofRoute("GET /turns/{turnId}")).contains(Scope.TURNS_READ);
        assertThat(Scope.ofRoute("POST /turns/{turnId}/cancel")).contains(Scope.TURNS_WRITE);
        assertThat(Scope.ofRoute("DELETE /operations/{operationId}"))
                .contains(Scope.OPERATIONS_WRITE);
    }

    @Test
    void whatIsNoKindOfThingIsForNoKey() {
        for (String route : new String[] {"POST /keys", "GET /", "GET", "", "$default", "GET /a"}) {
            assertThat(Scope.ofRoute(route)).as(route).isEmpty();
        }
    }

    @Test
    void isKnownByItsNameAlone() {
        for (Scope scope : Scope.values()) {
            assertThat(Scope.named(scope.wireName())).contains(scope);
        }
        assertThat(Scope.named("SESSIONS_READ")).isEmpty();
        assertThat(Scope.named("sessions:*")).isEmpty();
        assertThat(Scope.named("")).isEmpty();
    }
}
