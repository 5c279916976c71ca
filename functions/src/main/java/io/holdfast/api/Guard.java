package io.holdfast.api;

import io.holdfast.access.Credentials;
import io.holdfast.access.Identification;
import io.holdfast.access.Identity;
import io.holdfast.access.RateLimit;
import io.holdfast.access.Scope;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.session.Session;
import io.holdfast.session.SessionStore;
import io.holdfast.turn.Caller;
import io.holdfast.turn.Turn;
import io.holdfast.turn.TurnStore;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * Lets callers in, and to what is theirs: the one place where the HTTP API asks who somebody is,
 * whether they ask too much or for more than their key may, and whose a thing is. Somebody else's
 * is as if it were not.
 */
final class Guard {
    /** These begin or continue a turn, as a message over the socket does. */
    private static final Set<String> SENDS =
            Set.of(
                    "POST /turns",
                    "POST /sessions/{sessionId}/messages",
                    "POST /turns/{turnId}/approvals/{approvalId}");

    private final Credentials credentials;
    private final RateLimit rate;
    private final SessionStore sessions;
    private final TurnStore turns;
    private final InstantSource clock;

    Guard(
            Credentials credentials,
            RateLimit rate,
            SessionStore sessions,
            TurnStore turns,
            InstantSource clock) {
        this.credentials = credentials;
        this.rate = rate;
        this.sessions = sessions;
        this.turns = turns;
        this.clock = clock;
    }

    /** What is done for somebody who is known. */
    interface ForCaller {
        HttpResponse answer(Caller caller, HttpRequest request);
    }

    /** What is done with a session of the caller's. */
    interface ForSession {
        HttpResponse answer(Caller caller, Session session, HttpRequest request);
    }

    /** What is done with a turn of the caller's. */
    interface ForTurn {
        HttpResponse answer(Caller caller, Turn turn, HttpRequest request);
    }

    /** For everybody who is known; of keys, those with the scope of the route. */
    Route caller(ForCaller route) {
        return known(route, Guard::beyondScope);
    }

    /** For users, and keys that act for them: what would go on when a guest is forgotten. */
    Route user(ForCaller route) {
        return known(
                route,
                (identity, request) ->
                        identity.by() instanceof Identity.By.Guest
                                ? Optional.of("This is not for guests: sign in.")
                                : beyondScope(identity, request));
    }

    /**
     * For users in person: a key must not make keys, or who stole one could keep what they have.
     */
    Route signedIn(ForCaller route) {
        return known(
                route,
                (identity, request) ->
                        identity.isSignedIn()
                                ? Optional.empty()
                                : Optional.of("This is for users who have signed in."));
    }

    private static Optional<String> beyondScope(Identity identity, HttpRequest request) {
        if (!(identity.by() instanceof Identity.By.Key)) {
            return Optional.empty();
        }
        Optional<Scope> wanted = Scope.ofRoute(request.route());
        return wanted.isEmpty()
                ? Optional.of("This is not for keys.")
                : wanted.filter(scope -> !identity.may(scope))
                        .map(scope -> "The key lacks the scope " + scope.wireName() + ".");
    }

    /**
     * @param refusal why somebody who is known may not ask this; empty if they may
     */
    private Route known(
            ForCaller route, BiFunction<Identity, HttpRequest, Optional<String>> refusal) {
        return request -> {
            Optional<String> token = request.bearerToken();
            if (token.isEmpty()) {
                return HttpResponse.problem(
                        Problem.UNAUTHORIZED, "No token: send Authorization: Bearer <JWT or key>.");
            }
            return switch (credentials.identify(token.get())) {
                case Identification.Unknown(String reason) ->
                        HttpResponse.problem(Problem.UNAUTHORIZED, "Not accepted: " + reason + ".");
                case Identification.Known(Identity identity) -> {
                    Duration wait = rate.admit(identity.user(), kind(request), clock.instant());
                    if (wait.isPositive()) {
                        yield HttpResponse.tooManyRequests(wait);
                    }
                    yield refusal.apply(identity, request)
                            .map(reason -> HttpResponse.problem(Problem.FORBIDDEN, reason))
                            .orElseGet(
                                    () ->
                                            route.answer(
                                                    new Caller(identity.user(), identity.roles()),
                                                    request));
                }
            };
        };
    }

    private static RateLimit.Kind kind(HttpRequest request) {
        if (SENDS.contains(request.route())) {
            return RateLimit.Kind.MESSAGE;
        }
        return request.route().endsWith("/cancel") ? RateLimit.Kind.ABORT : RateLimit.Kind.REQUEST;
    }

    /** For the owner of the session that the path names. */
    Route session(ForSession route) {
        return caller(
                (caller, request) -> {
                    String id = request.pathParameter("sessionId");
                    if (!SessionId.isValid(id)) {
                        return HttpResponse.invalid(SESSION_RULE);
                    }
                    return session(caller, new SessionId(id))
                            .map(session -> route.answer(caller, session, request))
                            .orElseGet(Guard::noSuchSession);
                });
    }

    /** For the owner of the turn that the path names. */
    Route turn(ForTurn route) {
        return caller(
                (caller, request) -> {
                    String id = request.pathParameter("turnId");
                    if (!TurnId.isValid(id)) {
                        return HttpResponse.invalid(
                                "A turn id has 8 to 64 letters, digits, underscores or hyphens.");
                    }
                    return turns.find(new TurnId(id))
                            .filter(turn -> session(caller, turn.session()).isPresent())
                            .map(turn -> route.answer(caller, turn, request))
                            .orElseGet(
                                    () ->
                                            HttpResponse.problem(
                                                    Problem.NOT_FOUND, "There is no such turn."));
                });
    }

    static final String SESSION_RULE =
            "A session id has 8 to 64 letters, digits, underscores or hyphens.";

    static HttpResponse noSuchSession() {
        return HttpResponse.problem(Problem.NOT_FOUND, "There is no such session.");
    }

    /** The session of an id, if it is the caller's. */
    Optional<Session> session(Caller caller, SessionId id) {
        return sessions.find(id, caller.user(), clock.instant())
                        instanceof SessionStore.Access.Granted(Session session)
                ? Optional.of(session)
                : Optional.empty();
    }
}
