package io.holdfast.tool;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Keeps calls away from addresses that are not on the public internet, so that neither a model nor
 * a page can make us talk to the instance's metadata or to services within the network.
 *
 * <p>What is not public is taken from IANA's registries of special-purpose addresses (RFC 6890 and
 * its successors) and, for IPv4 within IPv6, RFC 4291 (2.5.5), RFC 6052, RFC 3056 and RFC 4380. All
 * addresses of a host must be public.
 *
 * <p>Between this check and the connection the name is resolved a second time, but out of the JVM's
 * cache, which keeps an answer for 30 seconds ({@code networkaddress.cache.ttl}, "Networking
 * Properties" of the JDK). An entry may run out just in between; {@link GuardedHttp} therefore
 * checks again before it lets anybody read the answer. An own resolver for the JVM would close the
 * rest of the gap, but has to be on the system's class path, where Lambda does not put a function's
 * jar.
 */
final class AddressGuard {
    /** Uses the JVM's resolver. */
    static final AddressGuard SYSTEM = new AddressGuard(InetAddress::getAllByName);

    private static final List<String> LOCAL_SUFFIXES =
            List.of(".localhost", ".internal", ".local", ".home.arpa");

    private static final List<Block> NOT_PUBLIC_V4 =
            List.of(
                    Block.of("0.0.0.0", 8),
                    Block.of("10.0.0.0", 8),
                    Block.of("100.64.0.0", 10),
                    Block.of("127.0.0.0", 8),
                    Block.of("169.254.0.0", 16),
                    Block.of("172.16.0.0", 12),
                    Block.of("192.0.0.0", 24),
                    Block.of("192.0.2.0", 24),
                    Block.of("192.88.99.0", 24),
                    Block.of("192.168.0.0", 16),
                    Block.of("198.18.0.0", 15),
                    Block.of("198.51.100.0", 24),
                    Block.of("203.0.113.0", 24),
                    Block.of("224.0.0.0", 4),
                    Block.of("240.0.0.0", 4));

    /** Everything that IANA has given out as global unicast; the rest is special or unknown. */
    private static final Block GLOBAL_V6 = Block.of("2000::", 3);

    private static final List<Block> NOT_PUBLIC_V6 =
            List.of(
                    Block.of("2001:2::", 48),
                    Block.of("2001:10::", 28),
                    Block.of("2001:db8::", 32),
                    Block.of("3fff::", 20));

    private static final Block NAT64 = Block.of("64:ff9b::", 96);
    private static final Block SIX_TO_FOUR = Block.of("2002::", 16);
    private static final Block TEREDO = Block.of("2001::", 32);

    private final Resolver resolver;

    AddressGuard(Resolver resolver) {
        this.resolver = resolver;
    }

    /** Finds all addresses of a host. */
    interface Resolver {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    /**
     * Does nothing if the URL's host is on the public internet.
     *
     * @throws AddressRefusedException if it is not, or not with all its addresses
     * @throws UnknownHostException if it has no address
     */
    void check(URI url) throws AddressRefusedException, UnknownHostException {
        String host = url.getHost();
        if (host == null) {
            throw new AddressRefusedException();
        }
        String name = host.toLowerCase(Locale.ROOT);
        if (name.endsWith(".")) {
            name = name.substring(0, name.length() - 1);
        }
        if (name.equals("localhost") || LOCAL_SUFFIXES.stream().anyMatch(name::endsWith)) {
            throw new AddressRefusedException();
        }
        InetAddress[] addresses = resolver.resolve(host);
        if (!Arrays.stream(addresses).allMatch(AddressGuard::isPublic)) {
            throw new AddressRefusedException();
        }
    }

    /** Whether an address is one of the public internet. */
    static boolean isPublic(InetAddress address) {
        byte[] bytes = address.getAddress();
        return address instanceof Inet4Address ? isPublicV4(bytes) : isPublicV6(bytes);
    }

    private static boolean isPublicV4(byte[] address) {
        return NOT_PUBLIC_V4.stream().noneMatch(block -> block.contains(address));
    }

    private static boolean isPublicV6(byte[] address) {
        if (NAT64.contains(address)) {
            return isPublicV4(Arrays.copyOfRange(address, 12, 16));
        }
        if (SIX_TO_FOUR.contains(address)) {
            return isPublicV4(Arrays.copyOfRange(address, 2, 6));
        }
        if (TEREDO.contains(address)) {
            byte[] client = Arrays.copyOfRange(address, 12, 16);
            for (int i = 0; i < client.length; i++) {
                // RFC 4380 section 4: the client's address stands there inverted.
                client[i] = (byte) ~client[i];
            }
            return isPublicV4(client) && isPublicV4(Arrays.copyOfRange(address, 4, 8));
        }
        // This also refuses fc00::/7, fe80::/10, ff00::/8, ::1, :: and IPv4 in IPv6's first 96 bits
        // of zeros; Java itself turns ::ffff:0:0/96 into IPv4.
        return GLOBAL_V6.contains(address)
                && NOT_PUBLIC_V6.stream().noneMatch(block -> block.contains(address));
    }

    /** Addresses that begin with the same bits. */
    @SuppressWarnings("ArrayRecordComponent") // private, and never compared
    private record Block(byte[] base, int bits) {

        static Block of(String base, int bits) {
            // A literal: nothing is looked up.
            return new Block(InetAddress.ofLiteral(base).getAddress(), bits);
        }

        boolean contains(byte[] address) {
            if (address.length != base.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> (bit % 8);
                if ((address[bit / 8] & mask) != (base[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }
}
