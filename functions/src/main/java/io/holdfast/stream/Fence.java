package io.holdfast.stream;

/**
 * The (step, attempt) that may write a turn's stream; whoever holds an older one is refused.
 *
 * @param step the step, from 1; 0 before the first
 * @param attempt the attempt at that step, from 1; 0 before the first
 */
public record Fence(int step, int attempt) implements Comparable<Fence> {

    /** The fence of a turn that nobody has begun to write. */
    public static final Fence NONE = new Fence(0, 0);

    /** Attempts stay under this, so that a fence is one number in Redis. */
    static final int ATTEMPTS = 1_000_000;

    public Fence {
        if (step < 0 || attempt < 0 || attempt >= ATTEMPTS) {
            throw new IllegalArgumentException("no such fence: " + step + "." + attempt);
        }
    }

    /** The fence as one number that grows with it. */
    long number() {
        return (long) step * ATTEMPTS + attempt;
    }

    /** The fence of this {@link #number()}. */
    static Fence of(long number) {
        return new Fence((int) (number / ATTEMPTS), (int) (number % ATTEMPTS));
    }

    @Override
    public int compareTo(Fence other) {
        return Long.compare(number(), other.number());
    }
}
