package io.holdfast.session;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The stretches of a conversation's positions that an edit or a regeneration cut away.
 *
 * <p>Messages are only ever added, each at a new position; cutting is a change of this list alone,
 * so it is one conditional write however much is cut. The stretches are disjoint and in order.
 */
public record Cuts(List<Range> ranges) {
    /** Nothing is cut. */
    public static final Cuts NONE = new Cuts(List.of());

    /** Positions from {@code from} to before {@code to}. */
    public record Range(long from, long to) {
        /** Refuses an empty stretch. */
        public Range {
            if (from < 0 || to <= from) {
                throw new IllegalArgumentException("not a range: " + from + "-" + to);
            }
        }
    }

    public Cuts {
        ranges = List.copyOf(ranges);
    }

    /** Also cuts everything from a position on, up to the position that comes next. */
    Cuts from(long position, long next) {
        if (position >= next) {
            return this;
        }
        List<Range> kept = new ArrayList<>();
        long start = position;
        for (Range range : ranges) {
            if (range.to() < position) {
                kept.add(range);
            } else {
                start = Math.min(start, range.from());
            }
        }
        kept.add(new Range(start, next));
        return new Cuts(kept);
    }

    /** Whether the message at a position is cut away. */
    public boolean contain(long position) {
        return ranges.stream().anyMatch(range -> range.from() <= position && position < range.to());
    }

    /** The list as text, {@code 3-5,8-12}; empty if nothing is cut. */
    String encode() {
        return ranges.stream()
                .map(range -> range.from() + "-" + range.to())
                .collect(Collectors.joining(","));
    }

    static Cuts decode(String text) {
        if (text.isEmpty()) {
            return NONE;
        }
        List<Range> ranges = new ArrayList<>();
        for (String range : text.split(",", -1)) {
            int dash = range.indexOf('-');
            ranges.add(
                    new Range(
                            Long.parseLong(range.substring(0, dash)),
                            Long.parseLong(range.substring(dash + 1))));
        }
        return new Cuts(ranges);
    }
}
