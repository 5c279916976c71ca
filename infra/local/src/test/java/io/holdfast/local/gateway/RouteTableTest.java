package io.holdfast.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Map;
import java.util.Objects;

class RouteTableTest {
    /** The routes of AWS's own example, and a few beside them. */
    private final RouteTable table =
            new RouteTable(
                    List.of(
                            route("ANY", "$default"),
                            route("ANY", "/{proxy+}"),
                            route("GET", "/pets/{proxy+}"),
                            route("GET", "/pets/dog/{id}"),
                            route("GET", "/pets/dog/1"),
                            route("ANY", "/pets/dog/1"),
                            route("POST", "/a/{x}/c"),
                            route("POST", "/a/b/{y}")));

    private static HttpRoute route(String method, String path) {
        return new HttpRoute(method, path, "F");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /pets/dog/1, GET /pets/dog/1",
        "PUT, /pets/dog/1, ANY /pets/dog/1",
        "GET, /pets/dog/2, GET /pets/dog/{id}",
        "GET, /pets/cat/1, GET /pets/{proxy+}",
        "POST, /test/5, ANY /{proxy+}",
        "POST, /pets/cat/1, ANY /{proxy+}",
        "POST, /a/b/c, POST /a/b/{y}",
        "POST, /a/z/c, POST /a/{x}/c",
        "GET, /, $default",
    })
    void theMostSpecificRouteWins(String method, String path, String routeKey) {
        RouteTable.Match match = Objects.requireNonNull(table.find(method, path));
        assertThat(match.route().routeKey()).isEqualTo(routeKey);
    }

    @Test
    void variablesAreDecoded() {
        RouteTable.Match match = Objects.requireNonNull(table.find("GET", "/pets/dog/a%20b+c"));
        assertThat(match.pathParameters()).isEqualTo(Map.of("id", "a b+c"));

        RouteTable.Match greedy = Objects.requireNonNull(table.find("GET", "/pets/x/y%20z"));
        assertThat(greedy.pathParameters()).isEqualTo(Map.of("proxy", "x/y z"));
    }

    @Test
    void withoutAFittingRouteThereIsNone() {
        RouteTable small = new RouteTable(List.of(route("GET", "/a")));
        assertThat(small.find("GET", "/b")).isNull();
        assertThat(small.find("POST", "/a")).isNull();
        assertThat(small.find("GET", "/a/b")).isNull();
    }
}
