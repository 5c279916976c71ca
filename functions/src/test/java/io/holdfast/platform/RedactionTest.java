package io.holdfast.platform;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "password",
                "PassWord",
                "db_password",
                "passwordHash",
                "password2",
                "passwd",
                "sshPassphrase",
                "client-secret",
                "secretAccessKey",
                "x-api-key",
                "apiKey1",
                "AWS_ACCESS_KEY_ID",
                "private.key",
                "credentials",
                "Authorization",
                "Proxy-Authorization",
                "token",
                "accessToken",
                "refresh_token",
                "token_2",
                "pwd",
                "userPwd",
                "Set-Cookie",
                "cookie",
                "basicAuth",
                "oauth2",
                "PIN",
                "otp",
                "O.T.P",
                "pass\u200Bword"
            })
    void valuesOfSecretKeysAreRedacted(String key) {
        assertThat(Redaction.of(Json.object().put(key, "hunter2")))
                .isEqualTo(Json.object().put(key, "[redacted]"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "42",
                "name",
                "nextPageToken",
                "page_token",
                "NextToken",
                "continuation-token",
                "maxTokens",
                "input_tokens",
                "secretTokens",
                "tokenizer",
                "author",
                "authority",
                "pinned",
                "spin",
                "topology",
                "key",
                "passenger",
                "cookies",
                "pwdPolicy"
            })
    void valuesOfOtherKeysStay(String key) {
        JsonNode json = Json.object().put(key, "hunter2");
        assertThat(Redaction.of(json)).isSameAs(json);
    }

    @Test
    void secretsAreRedactedAtAnyDepthWhateverTheyAre() throws JsonProcessingException {
        JsonNode json =
                Json.read(
                        """
                        {"a":[{"token":1,"b":[[{"pin":null}]]},"password"],
                         "credentials":{"user":"u","list":[1]},
                         "secret":["x"],"apiKey":true,"amount":1.50,"deep":{"kept":{}}}
                        """);
        JsonNode before = json.deepCopy();
        JsonNode redacted = Redaction.of(json);
        assertThat(redacted)
                .isEqualTo(
                        Json.read(
                                """
                                {"a":[{"token":"[redacted]","b":[[{"pin":"[redacted]"}]]},
                                      "password"],
                                 "credentials":"[redacted]","secret":"[redacted]",
                                 "apiKey":"[redacted]","amount":1.50,"deep":{"kept":{}}}
                                """));
        assertThat(json).isEqualTo(before);
        assertThat(redacted.get("deep").get("kept"))
                .as("a copy shares nothing that can change")
                .isNotSameAs(json.get("deep").get("kept"));
        assertThat(Redaction.of(redacted)).isSameAs(redacted);
    }

    @Test
    void whatHoldsNoKeysStays() throws JsonProcessingException {
        for (String text : new String[] {"1", "null", "\"password\"", "[]", "[\"token\",[{}]]"}) {
            JsonNode json = Json.read(text);
            assertThat(Redaction.of(json)).isSameAs(json);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            textBlock =
                    """
                    401 for Bearer abc.def-ghi~x+/== (expired) | 401 for Bearer [redacted] (expired)
                    sent bearer   s3cret                       | sent bearer   [redacted]
                    Basic dXNlcjpwYXNz failed                  | Basic [redacted] failed
                    Authorization: Bearer abc                  | Authorization: [redacted]
                    authorization=Bearer abc&x=1               | authorization=[redacted]&x=1
                    Authorization: Digest username="u", response="6629" | Authorization: [redacted]
                    curl -H 'Authorization: token x y' -d 1    | curl -H 'Authorization: [redacted]' -d 1
                    Cookie: a=b; c=d                           | Cookie: [redacted]
                    password=hunter2                           | password=[redacted]
                    password = hunter2, user=bob               | password = [redacted], user=bob
                    Password: hunter2                          | Password: [redacted]
                    password => 'hunter2'                      | password => '[redacted]'
                    Server=db;Pwd=hunter2;Timeout=3            | Server=db;Pwd=[redacted];Timeout=3
                    GET /x?access_token=abc&page=2 gave 500    | GET /x?access_token=[redacted]&page=2 gave 500
                    GET /x?pageToken=abc&page=2                | GET /x?pageToken=abc&page=2
                    next page token: abc                       | next page token: abc
                    Incorrect API key: sk-123                  | Incorrect API key: [redacted]
                    spring.api.key=k                           | spring.api.key=[redacted]
                    card.pin=1234                              | card.pin=[redacted]
                    {"password": "hun\\"ter2", "user": "bob"}  | {"password": "[redacted]", "user": "bob"}
                    {'token': 'hun"ter2'}                      | {'token': '[redacted]'}
                    {"pin":1234,"n":1}                         | {"pin":[redacted],"n":1}
                    {"credentials":{"a":"}","b":[1]},"n":1}    | {"credentials":[redacted],"n":1}
                    {"secrets":["a","b"],"n":1}                | {"secrets":[redacted],"n":1}
                    body was "{\\"token\\":\\"a\\\\\\"b\\",\\"n\\":1}" | body was "{\\"token\\":\\"[redacted]\\",\\"n\\":1}"
                    {"token":"abc                              | {"token":"[redacted]
                    {"token":{"a":"abc                         | {"token":[redacted]
                    postgres://bob:hunter2@db:5432/x?y=1       | postgres://bob:[redacted]@db:5432/x?y=1
                    redis://:p@ss@cache                        | redis://:[redacted]@cache
                    https://example.com:8080/users/@me         | https://example.com:8080/users/@me
                    password=[redacted]                        | password=[redacted]
                    """)
    void secretsInTextAreRedacted(String text, String redacted) {
        assertThat(Redaction.ofText(text)).isEqualTo(redacted);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "The city was not found.",
                "invalid bearer token",
                "Basic authentication is off",
                "WWW-Authenticate: Bearer realm=\"x\"",
                "wrong password",
                "wrong password.",
                "used 400 tokens: 300 in, 100 out",
                "{\"nextPageToken\": \"abc\"}",
                "the key \"password\" is missing",
                "https://example.com/a:b@c",
                "mail bob@example.com at 12:30",
                "Gr\u00FC\u00DFe \uD83D\uDC4B \uD83D"
            })
    void otherTextStays(String text) {
        assertThat(Redaction.ofText(text)).isEqualTo(text);
    }

    @Test
    void aValueOnTheNextLineIsFoundIfItIsQuoted() {
        assertThat(Redaction.ofText("\"password\" :\n  \"x\""))
                .isEqualTo("\"password\" :\n  \"[redacted]\"");
        assertThat(Redaction.ofText("Cookie: a=b\r\nHost: h"))
                .isEqualTo("Cookie: [redacted]\r\nHost: h");
    }

    @Test
    @Timeout(60) // It takes a second; what is quadratic takes an hour.
    void longTextTakesTimeInProportion() {
        String[] nasty = {
            "password=",
            "\"password\":",
            "\"token\":\"\\",
            "Bearer ",
            "://",
            "://a:",
            "{\"pin\":[",
            "token \\",
            "secret: {\"",
            "a",
            " ",
            "api ",
            "\\\\\"",
            "token:\n",
            "pwd'=",
            "@:"
        };
        for (String piece : nasty) {
            String text = piece.repeat(500_000 / piece.length());
            assertThat(Redaction.ofText(text)).isNotEmpty();
        }
    }
}
