package io.holdfast.tool;

import io.holdfast.platform.Pause;
import io.holdfast.session.SessionStore;

import java.net.http.HttpClient;
import java.time.InstantSource;
import java.util.function.Supplier;

/**
 * What a built-in tool may use.
 *
 * @param pause waits; whoever waits longer than a moment looks whether it was interrupted
 * @param http a client that follows no redirects and checks no addresses; built when it is first
 *     asked for
 */
public record Services(
        InstantSource clock, Pause pause, SessionStore sessions, Supplier<HttpClient> http) {}
