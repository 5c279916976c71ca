package io.holdfast.api;

import java.net.URI;
import java.util.Locale;

/**
 * Everything that may be wrong with a request: the catalogue of {@code docs/problems.md}.
 *
 * <p>A type, its status and its title never change: clients tell problems apart by them.
 */
enum Problem {
    INVALID_REQUEST(
            400,
            "Bad Request",
            "The path, the query or the body is not what the route takes.",
            "Correct what `detail` names; the same request fails again."),
    UNAUTHORIZED(
            401,
            "Unauthorized",
            "There is no token, signature or key, or it is not accepted.",
            "Get a fresh token and try again; a service signs anew."),
    FORBIDDEN(
            403,
            "Forbidden",
            "Whoever asks is known, but this is not for them: `detail` says what is missing.",
            "Use a key that has the scope, or the user's own token."),
    NOT_FOUND(
            404,
            "Not Found",
            "There is no such thing, or it is somebody else's.",
            "Look at the id and at whose token it is."),
    SESSION_BUSY(
            409,
            "Session Busy",
            "An answer is on its way in this session, or waits for a human.",
            "Wait until it has ended, or cancel its turn; then send the message again."),
    APPROVAL_CLOSED(
            409,
            "Approval Closed",
            "The answer to an approval does not count: another came first, or it is too late.",
            "Show `detail`, and load the conversation again."),
    CONFLICT(
            409,
            "Conflict",
            "Something else was sent under this id before.",
            "Send it under a new id."),
    LIMIT_REACHED(
            409,
            "Limit Reached",
            "There are as many of these as a user may have.",
            "Delete one that is not needed any more."),
    GONE(
            410,
            "Gone",
            "What was waited for has ended: nobody wants to know any more.",
            "Stop; what came is recorded."),
    STREAM_GONE(
            410,
            "Stream Gone",
            "The stream that was to go on is not there any more.",
            "Load the conversation, and open the stream anew, without a cursor."),
    TOO_LARGE(
            413,
            "Content Too Large",
            "The body has more bytes than are taken.",
            "Store more elsewhere, and send where it is."),
    TOO_MANY_REQUESTS(
            429,
            "Too Many Requests",
            "The user asks more often than is let through.",
            "Wait as many seconds as `Retry-After` says, then send the same again."),
    INTERNAL(
            500,
            "Internal Server Error",
            "Something of ours has failed; the log says what.",
            "Send the same again, with pauses that grow. What has an id of yours does not happen"
                    + " twice."),
    BAD_GATEWAY(
            502,
            "Bad Gateway",
            "A server that is asked on the way does not answer, or answers with an error.",
            "Look at what `detail` says of the arguments, or try again later."),
    NOT_CONFIGURED(
            503,
            "Not Configured",
            "The route needs something that this installation does not have, which `detail` names.",
            "Have it configured."),
    UNHEALTHY(
            503,
            "Unhealthy",
            "Something that the API stands on does not answer, which `detail` names.",
            "Look at it; try again in a while.");

    private final int status;
    private final String title;
    private final String meaning;
    private final String remedy;

    Problem(int status, String title, String meaning, String remedy) {
        this.status = status;
        this.title = title;
        this.meaning = meaning;
        this.remedy = remedy;
    }

    /** The {@code type} of RFC 9457, relative to the API: {@code /problems/not-found}. */
    URI type() {
        return URI.create("/problems/" + name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }

    /** The HTTP status. */
    int status() {
        return status;
    }

    /** The same for every problem of the type. */
    String title() {
        return title;
    }

    /** What is wrong. */
    String meaning() {
        return meaning;
    }

    /** What whoever sent the request can do. */
    String remedy() {
        return remedy;
    }
}
