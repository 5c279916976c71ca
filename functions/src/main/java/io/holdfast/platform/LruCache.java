package io.holdfast.platform;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What was used last, up to a number of entries; the one that was not used for longest goes first.
 * For several threads at once.
 */
public final class LruCache<K, V> {
    private final Map<K, V> entries;

    /** An empty one, for so many entries at most. */
    public LruCache(int most) {
        this.entries =
                new LinkedHashMap<>(16, 0.75f, true) {
                    private static final long serialVersionUID = 1L;

                    @Override
                    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                        return size() > most;
                    }
                };
    }

    /** What is kept under a key, which is a use of it; null if there is nothing. */
    public synchronized @Nullable V get(K key) {
        return entries.get(key);
    }

    /** Keeps it, in place of what was under the key. */
    public synchronized void put(K key, V value) {
        entries.put(key, value);
    }

    /** Keeps nothing under the key. */
    public synchronized void remove(K key) {
        entries.remove(key);
    }
}
