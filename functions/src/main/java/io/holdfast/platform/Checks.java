package io.holdfast.platform;

import java.time.Instant;
import java.util.List;

/**
 * What the sweeper is to look at, and when: items stand in the index {@value #INDEX} until they
 * need it no more.
 */
public final class Checks {
    /** The attribute with the shard, and the one with the time. */
    public static final String SHARD = "checkShard";

    public static final String AT = "nextCheckAt";

    /** One partition of an index takes 1,000 writes a second (DynamoDB, "Partitions"). */
    public static final int SHARDS = 8;

    private static final String INDEX = "ByNextCheck";

    private Checks() {}

    /** Where an item stands: what is in one line is never held up by what is in the other. */
    public enum Line {
        /** Turns and sessions, which somebody may wait for. */
        TURNS("CHECK#"),
        /** Guests who cannot come back: anybody can make many, and nobody waits for them. */
        GUESTS("GUESTS#");

        private final String prefix;

        Line(String prefix) {
            this.prefix = prefix;
        }
    }

    /** The shard of what has this id. */
    public static String shardOf(Line line, Object id) {
        return line.prefix + Math.floorMod(id.hashCode(), SHARDS);
    }

    /**
     * Items that are due, the longest first, with their keys only; the index may lag behind.
     *
     * @param shard from 0 to {@link #SHARDS} - 1
     */
    public static List<Item> due(RecordTable table, Line line, int shard, Instant now, int limit) {
        return table.index(INDEX, SHARD, line.prefix + shard, AT, now.toEpochMilli(), limit);
    }
}
