package io.holdfast.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.amazonaws.services.lambda.runtime.Context;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;

class SumHandlerTest {
    @Test
    void addsNumbers() throws Exception {
        assertThat(handle("{\"numbers\":[1,2.5,-0.5]}")).isEqualTo("{\"sum\":3.0}");
        assertThat(handle("{\"numbers\":[]}")).isEqualTo("{\"sum\":0}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"numbers\":1}", "{\"numbers\":[\"1\"]}", "[", "null"})
    void refusesAnythingElse(String input) {
        assertThatThrownBy(() -> handle(input)).isInstanceOf(IllegalArgumentException.class);
    }

    private static String handle(String input) throws IOException {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        Context context =
                (Context)
                        Proxy.newProxyInstance(
                                Context.class.getClassLoader(),
                                new Class<?>[] {Context.class},
                                (proxy, method, arguments) -> null);
        new SumHandler()
                .handleRequest(
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        output,
                        context);
        return output.toString(StandardCharsets.UTF_8);
    }
}
