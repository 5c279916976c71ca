package io.holdfast.api;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.access.GuestStore;
import io.holdfast.access.GuestStore.Arrived;
import io.holdfast.access.RateLimit;
import io.holdfast.platform.Json;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.UserId;
import io.holdfast.session.HandoverStore;
import io.holdfast.session.HandoverStore.Claimed;
import io.holdfast.turn.Caller;
import io.holdfast.turn.Relister;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** Guests: how they come in, and how what they began becomes theirs once they have signed in. */
final class GuestRoutes implements Route.Group {
    private static final Logger LOG = LoggerFactory.getLogger(GuestRoutes.class);

    /** Some hundred turns; the sweeper moves the others of a longer session. */
    private static final Duration RELISTING = Duration.ofSeconds(5);

    private final boolean letsIn;
    private final GuestStore guests;
    private final HandoverStore handovers;
    private final Relister relister;
    private final RateLimit rate;
    private final InstantSource clock;

    /**
     * @param letsIn whether anybody may come in without a token
     */
    GuestRoutes(
            boolean letsIn,
            GuestStore guests,
            HandoverStore handovers,
            Relister relister,
            RateLimit rate,
            InstantSource clock) {
        this.letsIn = letsIn;
        this.guests = guests;
        this.handovers = handovers;
        this.relister = relister;
        this.rate = rate;
        this.clock = clock;
    }

    @Override
    public Map<String, Route> routes(Guard guard) {
        return Map.of(
                "POST /guests",
                this::arrive,
                "POST /sessions/{sessionId}/claim",
                guard.signedIn(this::claim));
    }

    /** {@code POST /guests}: {@code {user, token, expiresAt}}. */
    private HttpResponse arrive(HttpRequest request) {
        if (!letsIn) {
            return HttpResponse.problem(
                    Problem.NOT_FOUND, "Guests are not let in here: sign in, and send your token.");
        }
        Duration wait = rate.admit(request.sourceAddress(), RateLimit.Kind.GUEST, clock.instant());
        if (wait.isPositive()) {
            return HttpResponse.tooManyRequests(wait);
        }
        Arrived guest = guests.arrive(clock.instant());
        return new HttpResponse(
                201,
                HttpResponse.JSON,
                Json.object()
                        .put("user", guest.user().value())
                        .put("token", guest.token())
                        .put("expiresAt", guest.expiresAt().toString()));
    }

    /**
     * {@code POST /sessions/{sessionId}/claim {token}}: {@code {id, claimed}}, whether this call
     * did it.
     */
    private HttpResponse claim(Caller caller, HttpRequest request) {
        String id = request.pathParameter("sessionId");
        if (!SessionId.isValid(id)) {
            return HttpResponse.invalid(Guard.SESSION_RULE);
        }
        Optional<String> token =
                request.jsonBody().map(body -> body.path("token")).map(text -> text.textValue());
        if (token.isEmpty()) {
            return HttpResponse.invalid("Send {\"token\": \"the guest's token\"}.");
        }
        Optional<UserId> guest = guests.verify(token.get(), clock.instant());
        SessionId session = new SessionId(id);
        return switch (handovers.claim(
                session, guest.orElse(null), caller.user(), clock.instant())) {
            case Claimed.Now() -> claimed(session, true);
            // Whoever claimed it may have died before its turns were moved.
            case Claimed.Before() -> claimed(session, false);
            case Claimed.Busy() ->
                    HttpResponse.problem(
                            Problem.SESSION_BUSY,
                            "An answer is on its way in this session. Claim it when it has ended.");
            case Claimed.OtherSubject() ->
                    HttpResponse.problem(
                            Problem.CONFLICT, "You have a session about the same subject already.");
            // Also where the token is no guest's: it proves nothing of whose session it is.
            case Claimed.Absent() -> Guard.noSuchSession();
        };
    }

    private HttpResponse claimed(SessionId session, boolean now) {
        try {
            relister.relist(session, RELISTING);
        } catch (RuntimeException e) {
            // It is claimed; the sweeper does the rest.
            LOG.warn("The turns of {} could not be moved at once", session, e);
        }
        ObjectNode body = Json.object().put("id", session.value()).put("claimed", now);
        return HttpResponse.ok(body);
    }
}
