package com.dashjoin.jsonata;

import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.Function;

/**
 * What the library keeps to its package, opened: how the operator {@code &} writes a value, what a
 * partial application leaves open, and a function's name, without which {@code $hash(?, 'MD5')}
 * calls nothing.
 */
@NullMarked
public final class OpenJsonata extends Jsonata {
    // An output holds 256 KiB at most; a text that doubles itself must not fill the memory.
    private static final int MAX_LENGTH = 1 << 24;

    private final Function<Object, String> text;

    private OpenJsonata(Jsonata any, Function<Object, String> text) {
        super(any);
        this.text = text;
    }

    /**
     * Makes this thread's evaluations write with a function of ours. The library evaluates every
     * expression with one evaluator per thread, which parsing replaces.
     *
     * @param any whichever expression is evaluated next
     */
    public static void writeWith(Function<Object, String> text, Jsonata any) {
        if (!(current.get() instanceof OpenJsonata)) {
            current.set(new OpenJsonata(any, text));
        }
    }

    @Override
    Object evaluateStringConcat(@Nullable Object left, @Nullable Object right) {
        String first = left == null ? "" : text.apply(left);
        String second = right == null ? "" : text.apply(right);
        if (first.length() + second.length() > MAX_LENGTH) {
            throw new JException("A text may have " + MAX_LENGTH + " characters.");
        }
        return first + second;
    }

    /** An argument that was left out is undefined; the library leaves it open for whoever calls. */
    @Override
    Object partialApplyProcedure(Parser.Symbol procedure, List<Parser.Symbol> given) {
        Parser.Symbol partial = (Parser.Symbol) super.partialApplyProcedure(procedure, given);
        List<Parser.Symbol> all = procedure.arguments;
        partial.arguments.removeAll(all.subList(Math.min(given.size(), all.size()), all.size()));
        return partial;
    }

    /**
     * A function that can be applied partially.
     *
     * @param signature as JSONata writes it, such as {@code <s-n?:s>}
     * @param arguments how many it takes at most
     */
    public static JFunction function(
            String name,
            String signature,
            int arguments,
            Function<List<?>, @Nullable Object> body) {
        JFunction function =
                new JFunction((_, given) -> body.apply(given), signature) {
                    @Override
                    public int getNumberOfArgs() {
                        return arguments;
                    }
                };
        function.functionName = name;
        return function;
    }
}
