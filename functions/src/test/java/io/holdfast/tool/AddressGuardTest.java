package io.holdfast.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;

class AddressGuardTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "100.64.0.1",
                "100.127.255.255",
                "127.0.0.1",
                "127.9.9.9",
                "169.254.169.254",
                "169.254.0.1",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.1",
                "192.0.2.1",
                "192.168.1.1",
                "198.18.0.1",
                "198.19.255.255",
                "203.0.113.9",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:10.0.0.1",
                "::ffff:169.254.169.254",
                "::127.0.0.1",
                "fe80::1",
                "fec0::1",
                "fc00::1",
                "fd00:ec2::254",
                "ff02::1",
                "64:ff9b::a00:1",
                "64:ff9b::a9fe:a9fe",
                "64:ff9b:1::1",
                "2002:7f00:1::",
                "2002:a9fe:a9fe::1",
                "2002:c0a8:101::1",
                "2001:0:0a00:1::f7f7:f7f7",
                "2001:0:808:808::80ff:fffe",
                "2001:db8::1",
                "100::1",
                "3fff::1",
            })
    void refusesWhatIsNotPublic(String address) {
        assertThat(AddressGuard.isPublic(InetAddress.ofLiteral(address))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "8.8.8.8",
                "100.63.255.255",
                "100.128.0.1",
                "172.15.0.1",
                "172.32.0.1",
                "192.0.1.1",
                "198.17.0.1",
                "198.20.0.1",
                "223.255.255.255",
                "2606:4700::1111",
                "2a00:1450::1",
                "64:ff9b::808:808",
                "2002:808:808::1",
                "2001:0:808:808::f7f7:f7f7",
                "::ffff:8.8.8.8",
                "2001:4860:4860::8888",
            })
    void letsPublicOnesPass(String address) {
        assertThat(AddressGuard.isPublic(InetAddress.ofLiteral(address))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost/", "http://LocalHost:80/", "http://localhost./",
                "http://a.localhost/", "http://metadata.google.internal/", "http://printer.local/",
                "http://x.home.arpa/",
            })
    void refusesLocalNamesWithoutLookingThemUp(String url) {
        AddressGuard guard = new AddressGuard(host -> addresses("8.8.8.8"));
        assertThatThrownBy(() -> guard.check(URI.create(url)))
                .isInstanceOf(AddressRefusedException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1/",
                "http://127.1/",
                "http://2130706433/",
                "http://[::1]/",
                "http://[::ffff:127.0.0.1]/",
                "http://169.254.169.254/latest/meta-data",
                "http://[fe80::1%25lo]/",
            })
    void refusesLiteralsInEveryForm(String url) {
        assertThatThrownBy(() -> AddressGuard.SYSTEM.check(URI.create(url)))
                .isInstanceOfAny(AddressRefusedException.class, UnknownHostException.class);
    }

    @Test
    void allAddressesOfAHostMustBePublic() {
        URI url = URI.create("https://example.com/");
        assertThatCode(() -> guard("8.8.8.8", "2606:4700::1111").check(url))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> guard("8.8.8.8", "10.0.0.1").check(url))
                .isInstanceOf(AddressRefusedException.class);
    }

    private static AddressGuard guard(String... literals) {
        return new AddressGuard(host -> addresses(literals));
    }

    private static InetAddress[] addresses(String... literals) {
        return Arrays.stream(literals).map(InetAddress::ofLiteral).toArray(InetAddress[]::new);
    }
}
