package io.holdfast.local.lambda;

/** Where a function runs: a process of its own, which may die at any time. */
interface Sandbox extends AutoCloseable {
    long pid();

    /** Whether it can still work; a process that was killed takes a moment until it is gone. */
    boolean isAlive();

    /** Ends one that has not started in its time; {@link SandboxEnd#fault} will say why. */
    void giveUp(String why);

    /** Kills it, and waits a moment until it is gone. */
    @Override
    void close();
}
