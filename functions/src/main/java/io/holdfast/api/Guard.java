package io.holdfast.api;

import io.holdfast.platform.SessionId;
import io.holdfast.platform.TokenVerifier;
import io.holdfast.platform.TokenVerifier.Verified;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.session.Session;
import io.holdfast.session.SessionStore;
import io.holdfast.turn.Caller;
import io.holdfast.turn.Turn;
import io.holdfast.turn.TurnStore;

import java.time.InstantSource;
import java.util.Optional;

/**
 * Lets callers in, and to what is theirs: the one place where the HTTP API asks who somebody is and
 * whose a thing is. Somebody else's is as if it were not.
 */
final class Guard {
    private final TokenVerifier tokens;
    private final SessionStore sessions;
    private final TurnStore turns;
    private final InstantSource clock;

    Guard(TokenVerifier tokens, SessionStore sessions, TurnStore turns, InstantSource clock) {
        this.tokens = tokens;
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

    /** For everybody who is known. */
    Route caller(ForCaller route) {
        return request -> {
            Optional<String> token = request.bearerToken();
            if (token.isEmpty()) {
                return HttpResponse.problem(
                        Problem.UNAUTHORIZED, "No token: send Authorization: Bearer <JWT>.");
            }
            return switch (tokens.verify(token.get())) {
                case Verified.Unauthenticated(String reason) ->
                        HttpResponse.problem(Problem.UNAUTHORIZED, "Not accepted: " + reason + ".");
                case Verified.Authenticated(UserId user, var roles) ->
                        route.answer(new Caller(user, roles), request);
            };
        };
    }

    /** For the owner of the session that the path names. */
    Route session(ForSession route) {
        return caller(
                (caller, request) -> {
                    String id = request.pathParameter("sessionId");
                    if (!SessionId.isValid(id)) {
                        return HttpResponse.problem(Problem.INVALID_REQUEST, SESSION_RULE);
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
                        return HttpResponse.problem(
                                Problem.INVALID_REQUEST,
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
