package io.holdfast.local.states;

import java.security.SecureRandom;
import java.util.random.RandomGenerator;

/**
 * What an engine is made with.
 *
 * @param region the region in every ARN
 * @param account the account in every ARN, 12 digits
 * @param timer the time
 * @param random what jitter and {@code $random()} draw from; used by several threads
 * @param finishedExecutionsKept how many finished executions can still be described; the oldest go
 *     first
 */
public record StatesSettings(
        String region,
        String account,
        Timer timer,
        RandomGenerator random,
        int finishedExecutionsKept) {

    /** Real time, real chance, 1,000 finished executions, us-east-1, account 000000000000. */
    public static StatesSettings defaults() {
        return new StatesSettings(
                "us-east-1", "000000000000", new SystemTimer(), new SecureRandom(), 1_000);
    }

    String arn(String kind, String rest) {
        return "arn:aws:states:" + region + ":" + account + ":" + kind + ":" + rest;
    }
}
