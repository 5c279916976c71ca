package io.holdfast.stream;

import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisNoScriptException;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * A Lua script, one file each; called by its digest, and sent in full when Redis does not know it
 * (yet, or since a restart).
 */
record Script(String text, String sha1) {
    private static final String PRELUDE = resource("prelude");

    /** The script of this name, with the prelude before it. */
    static Script named(String name) {
        String text = PRELUDE + "\n" + resource(name);
        return new Script(text, sha1(text));
    }

    /** Runs it: one round trip. The answer is a list whose first item names the outcome. */
    List<?> run(UnifiedJedis redis, List<String> keys, List<String> arguments) {
        try {
            return (List<?>) redis.evalsha(sha1, keys, arguments);
        } catch (JedisNoScriptException unknown) {
            return (List<?>) redis.eval(text, keys, arguments);
        }
    }

    private static String resource(String name) {
        try (InputStream in = Script.class.getResourceAsStream(name + ".lua")) {
            if (in == null) {
                throw new IllegalStateException("no script " + name + ".lua beside this class");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // Redis names scripts by their SHA-1; nothing secret hangs on it.
    private static String sha1(String text) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-1")
                            .digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }
}
