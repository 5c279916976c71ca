package io.holdfast.local.states.language;

import com.dashjoin.jsonata.Functions;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** Calls a function that an expression has handed over. */
final class Calls {
    private Calls() {}

    static @Nullable Object apply(Object function, List<?> arguments) {
        try {
            return Functions.funcApply(function, arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e); // The library declares everything.
        }
    }
}
