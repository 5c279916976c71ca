package io.holdfast.tool;

import io.holdfast.platform.Pause;
import io.holdfast.platform.RecordTable;
import io.holdfast.session.MessageStore;
import io.holdfast.session.SessionStore;

import java.net.http.HttpClient;
import java.time.InstantSource;
import java.util.function.Supplier;

/**
 * What a built-in tool may use.
 *
 * @param pause waits; whoever waits longer than a moment looks whether it was interrupted
 * @param record sessions, turns, operations: check whose they are before you tell of them
 * @param http a client that follows no redirects and checks no addresses; built when it is first
 *     asked for
 */
public record Services(
        InstantSource clock, Pause pause, RecordTable record, Supplier<HttpClient> http) {

    /** The conversations in the record. */
    public SessionStore sessions() {
        return new SessionStore(record);
    }

    /** Their messages. */
    public MessageStore messages() {
        return new MessageStore(record);
    }
}
